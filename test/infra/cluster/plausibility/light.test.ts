import { expect, it } from 'vitest';
import { faults } from '../../../../infra/cluster/faults/index.ts';
import { opticReading } from '../../../../infra/cluster/physics/network/optics.ts';
import { heldCluster, minutes } from '../held-cluster.ts';

/** Dust, and a laser that ages. Nothing else dims light, whatever else it makes a port count. */
const optical = ['ib-dirty-optic', 'switch-port-errors', 'dual-power-cap-dirty-optic', 'dual-prochot-switch-errors'];

/** Which ports send or receive otherwise than in the same cluster without the fault, at any of some moments of half an hour. */
const dimmedBy = (id: string) => {
  const lights = [[], [id]].map((injected) => {
    const held = heldCluster({ nodes: 10, jobs: 2, seed: 4 });
    const { world, timeline, time, ...simulator } = held.open();
    held.pass(minutes(5));
    for (const one of injected) simulator.inject(one, { seed: 5 });
    held.pass(minutes(32));
    const moments = Array.from({ length: 16 }, (_, at) => time.nowMs() - minutes(2 * at));
    const light = world.nodes.flatMap((node) =>
      node.hcas.map((hca) =>
        moments
          .map((ms) => opticReading(timeline, node, hca, ms))
          .flatMap(({ receivedDbm, sentDbm }) => [...receivedDbm, ...sentDbm].map((dbm) => dbm.toFixed(3)))
          .join(),
      ),
    );
    simulator.close();
    held.remove();
    return light;
  });
  const [usual = [], struckBy = []] = lights;
  return struckBy.filter((light, port) => light !== usual[port]);
};

it.each(faults.map(({ id }) => [id, optical.includes(id) ? 1 : 0] as const))(
  '%s changes the light of %i ports',
  (id, ports) => {
    expect(dimmedBy(id)).toHaveLength(ports);
  },
);
