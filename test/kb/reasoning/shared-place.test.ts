import { describe, expect, it } from 'vitest';
import { sharedPlaceKinds, sharedPlaces, type NodeSite } from '../../../kb/reasoning/shared-place.ts';
import type { Finding } from '../../../workflows/domain/finding.ts';

const sites: readonly NodeSite[] = Array.from({ length: 8 }, (_, at) => ({
  name: `node-0${at + 1}`,
  rack: `rack-${Math.floor(at / 4)}`,
  powerUnit: `unit-${Math.floor(at / 2)}`,
  leaf: at < 5 ? 'leaf-0' : 'leaf-1',
}));

function seen(kind: string, node: string, values?: Finding['values']): Finding {
  const range = { evidenceId: `ev_${kind}_${node}`, source: `probe some.probe on ${node}`, line: 3 };
  return {
    id: `fi_${kind}_${node}`,
    kind,
    role: 'cause',
    node,
    count: 1,
    range,
    text: kind,
    ...(values === undefined ? {} : { values }),
  };
}

const on = (kind: string, ...nodes: readonly number[]): readonly Finding[] =>
  nodes.map((node) => seen(kind, `node-0${node}`));

/** The same probe was read on every node. */
const everywhere = (findings: readonly Finding[]): readonly Finding[] => [
  ...findings,
  ...sites.map(({ name }): Finding => ({ ...seen('some.probe.fine', name), role: 'clean' })),
];

function told(findings: readonly Finding[], nodes = sites): readonly string[] {
  return sharedPlaces(everywhere(findings), nodes).map(({ kind, values }) =>
    `${kind} ${values?.['place'] ?? ''}`.trim(),
  );
}

describe('what nodes of one place share', () => {
  it('heat in a whole rack is the rack’s', () => {
    expect(told(on('gpu.throttle.thermal', 5, 6, 7, 8))).toEqual(['place.rack-shared rack-1']);
    expect(told(on('gpu.throttle.thermal', 5, 6, 7))).toEqual(['place.rack-shared rack-1']);
  });

  it('a power brake on both nodes of a unit is the unit’s, not the rack’s', () => {
    expect(told(on('gpu.clock.power-brake', 3, 4))).toEqual(['place.power-unit-shared unit-1']);
  });

  it('a power fault of one node of a unit clears the unit', () => {
    expect(told(on('bmc.chassis.power-fault', 3))).toEqual(['place.power-unit-well unit-1']);
    expect(told(on('bmc.chassis.power-fault', 3, 5))).toEqual([]);
  });

  it('links that fail behind one leaf are the leaf’s', () => {
    expect(told(on('ib.link.down', 1, 2, 3, 4, 5))).toEqual(['place.leaf-shared leaf-0']);
  });

  it.each([
    ['one node', on('gpu.throttle.thermal', 5)],
    ['half of a rack', on('gpu.throttle.thermal', 5, 7)],
    ['nodes everywhere', on('gpu.throttle.thermal', 1, 3, 5, 6, 7, 8)],
    ['a rack that is only warmer', on('metric.gpu.temperature.above-siblings', 5, 6, 7, 8)],
  ])('%s tells of no shared place', (_name, findings) => {
    expect(told(findings)).toEqual([]);
  });

  it('what was read nowhere else is not told to be of the place', () => {
    const heat = on('gpu.throttle.thermal', 5, 6, 7, 8);
    expect(sharedPlaces(heat, sites)).toEqual([]);
    const three = sites.slice(5);
    expect(sharedPlaces(everywhere(on('gpu.throttle.thermal', 7, 8)), three)).toEqual([]);
  });

  it('a job whose nodes all stand in one rack tells nothing of the rack', () => {
    const oneRack = sites.map((site) => ({ ...site, rack: 'rack-0', powerUnit: 'unit-0', leaf: 'leaf-0' }));
    expect(told(on('gpu.throttle.thermal', 1, 2, 3, 4, 5, 6, 7, 8), oneRack)).toEqual([]);
    expect(
      told(
        on('gpu.throttle.thermal', 1, 2, 3, 4),
        sites.map(({ name }) => ({ name })),
      ),
    ).toEqual([]);
  });

  it('its finding has no node, cites what it was made from, and is one of the kinds', () => {
    const [finding] = sharedPlaces(everywhere(on('gpu.throttle.thermal', 5, 6, 7, 8)), sites);
    expect(finding?.node).toBeUndefined();
    expect(finding?.range).toEqual({
      evidenceId: 'ev_gpu.throttle.thermal_node-05',
      source: 'probe some.probe on node-05',
    });
    expect(sharedPlaceKinds.map(({ id }) => id)).toContain(finding?.kind);
  });
});

describe('waiting for the shared storage', () => {
  const { node: _node, ...input } = seen('performance.component.input', '');
  const waiting = (...nodes: readonly number[]) => on('host.d-state.shared-storage', ...nodes);

  it('on most nodes, while the job waits for its input, is the storage', () => {
    expect(told([...waiting(1, 2, 3, 4, 5, 6), input])).toEqual(['place.storage-shared']);
  });

  it.each([
    ['no step waits for its input', waiting(1, 2, 3, 4, 5, 6, 7, 8)],
    ['half of the nodes wait', [...waiting(1, 2, 3, 4), input]],
  ])('is not where %s', (_why, findings) => {
    expect(told(findings)).toEqual([]);
  });
});

describe('what a switch port shows of the adapter on its cable', () => {
  const errors = seen('ib.fabric.switch-errors-growing', 'node-01', { switchGuid: '0xb8cef6', port: 18 });
  const cables = (node: string, text: string) => seen('ib.fabric.links-whole', node, { cables: text });

  it('names the adapter whose cable ends there, once however many nodes read it', () => {
    const found = sharedPlaces(
      [
        errors,
        { ...errors, node: 'node-02' },
        cables('node-05', 'mlx5_0=0xb8cef6/17 mlx5_1=0xb8cef6/18'),
        cables('node-06', 'mlx5_0=0xb8cef7/18'),
      ],
      sites,
    );
    expect(found.map(({ kind, node, device }) => [kind, node, device?.name])).toEqual([
      ['place.cable-end-errors', 'node-05', 'mlx5_1'],
    ]);
  });

  it('names none where no cable ends there', () => {
    expect(told([errors, cables('node-05', 'mlx5_0=0xb8cef6/1')])).toEqual([]);
  });
});
