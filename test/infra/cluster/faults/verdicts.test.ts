import { expect, it } from 'vitest';
import { faults } from '../../../../infra/cluster/faults/index.ts';
import { heldCluster, minutes } from '../held-cluster.ts';
import { segmentNow } from '../job-tools.ts';
import { isLeftBy, remedies, struckBy } from './remedy-trials.ts';
import { verdicts } from './verdicts.ts';

/* Measured: 2.6 s for 133 faults and 39 remedies each. */

const healing = new Map(verdicts.flatMap(({ by, faults: ids }) => ids.map((id) => [id, by] as const)));
const tried = Object.entries(remedies);

it('has a verdict on every fault that is one cause, and on no other', () => {
  const single = faults.filter(({ kind }) => kind !== 'dual').map(({ id }) => id);
  expect([...healing.keys()].toSorted()).toEqual(single.toSorted());
  expect(verdicts.flatMap(({ by }) => by).filter((name) => remedies[name] === undefined)).toEqual([]);
});

it.each(faults.filter(({ kind }) => kind !== 'dual').map((fault) => [fault.id, fault] as const))(
  '%s is taken away by the right remedies, whatever was drawn, and by no other',
  (id, fault) => {
    for (const seed of [2, 5]) {
      const struck = struckBy(fault, seed);
      const healed = tried.filter(([, steps]) => !isLeftBy(struck, steps(struck.at))).map(([name]) => name);
      expect(healed.toSorted()).toEqual([...(healing.get(id) ?? [])].toSorted());
    }
  },
);

it.each(faults.filter(({ kind }) => kind === 'dual').map((fault) => [fault.id, fault] as const))(
  '%s is left by every remedy that does not take away both of its causes',
  (_id, dual) => {
    const both = (dual.parts ?? []).map((id) => healing.get(id) ?? []);
    const struck = struckBy(dual);
    const healed = tried.filter(([, steps]) => !isLeftBy(struck, steps(struck.at))).map(([name]) => name);
    expect(healed.filter((name) => !both.every((by) => by.includes(name)))).toEqual([]);
  },
);

it.each(['reboot', 'power-cycle'] as const)(
  'a %s is a wrong remedy for a slow GPU: the job ends, and the GPU is as slow as before',
  (event) => {
    const held = heldCluster();
    const simulator = held.open();
    held.pass(minutes(3));
    simulator.inject('gpu-thermal-paste', { target: { node: 'node-03', gpu: 2 }, seed: 2 });
    held.pass(minutes(1));
    expect(segmentNow(simulator).phase.kind).toBe('running');
    simulator.act([{ kind: 'happen', event, place: 'node-03' }]);
    held.pass(minutes(1));
    expect(segmentNow(simulator).phase.kind).toBe('ended');
    expect(simulator.activeFaults().map(({ id }) => id)).toEqual(['gpu-thermal-paste']);
    simulator.close();
    held.remove();
  },
);
