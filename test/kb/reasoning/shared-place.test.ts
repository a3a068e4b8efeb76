import { describe, expect, it } from 'vitest';
import { knowledge } from '../../../kb/reasoning/index.ts';
import { observe } from '../../../kb/reasoning/observations.ts';
import { sharedPlaceKinds, sharedPlaces, type NodeSite } from '../../../kb/reasoning/shared-place.ts';
import { judge, type Proof } from '../../../kb/reasoning/verdict.ts';
import type { Finding } from '../../../workflows/domain/finding.ts';

const sites: readonly NodeSite[] = Array.from({ length: 8 }, (_, at) => ({
  name: `node-0${at + 1}`,
  rack: `rack-${Math.floor(at / 4)}`,
  powerUnit: `unit-${Math.floor(at / 2)}`,
  leaf: at < 5 ? 'leaf-0' : 'leaf-1',
}));

const proof: Proof = {
  from: 'probes',
  ofJob: true,
  alertAtMs: null,
  isMeasured: (kind) => knowledge.measuredKinds.has(kind),
  isMetric: (kind) => knowledge.metricKinds.has(kind),
};

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

  it('a rack that is warmer has harmed a GPU that is no hotter than the others', () => {
    const warm = on('gpu.temperature.above-siblings', 5, 6, 7, 8);
    expect(told([...warm, ...on('gpu.throttle.thermal', 6)])).toEqual(['place.rack-shared rack-1']);
    expect(told([...warm, ...on('gpu.throttle.thermal', 2)])).toEqual([]);
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

describe('waiting for the shared storage, at two readings', () => {
  const reading = (kind: string, time: number, ...nodes: readonly number[]): readonly Finding[] =>
    on(kind, ...nodes).map((finding) => ({
      ...finding,
      id: `${finding.id}_${time}`,
      range: {
        ...finding.range,
        evidenceId: `${finding.range.evidenceId}_${time}`,
        source: `probe d on ${finding.node}`,
      },
    }));
  const kind = 'host.d-state.shared-storage';
  const first = reading(kind, 1, 1, 2, 3, 4, 5, 6, 7, 8);
  const kindsOf = (findings: readonly Finding[]) => sharedPlaces(findings, sites).map((one) => one.kind);
  const { node: _node, ...saving } = seen('rank0.saving-or-evaluating', '');
  const saved = { ...saving, id: 'fi_saved', kind: 'job.progress.checkpoint-saved' };

  it('is the storage, whatever else slows the job down', () => {
    expect(kindsOf([...first, ...reading(kind, 2, 1, 2, 3, 4, 5, 6, 7), ...reading('d.none', 2, 8)])).toEqual([
      'place.storage-lasting',
    ]);
    expect(kindsOf([...first, ...reading(kind, 2, 1, 2, 3, 4, 5, 6, 7, 8), saving, saved])).toEqual([
      'place.storage-lasting',
    ]);
  });

  it.each([
    ['was read once', first],
    ['has ended at the second', [...first, ...reading('d.none', 2, 1, 2, 3, 4, 5, 6, 7, 8)]],
    ['may be that of a checkpoint', [...first, ...reading(kind, 2, 1, 2, 3, 4, 5, 6, 7, 8), saving]],
  ])('is not where it %s', (_why, findings) => {
    expect(kindsOf(findings)).toEqual([]);
  });
});

describe('a GPU in the warm air of its rack', () => {
  const gpu = (kind: string, node: number, index: number, values: Finding['values']): Finding => ({
    ...seen(kind, `node-0${node}`, values),
    id: `fi_${kind}_${node}_${index}`,
    device: { kind: 'gpu', index },
  });
  const warm = (node: number, index: number, measured: number) =>
    gpu('gpu.temperature.above-siblings', node, index, { name: 'temperatureCelsius', measured });
  const fellows = [warm(5, 0, 79), warm(5, 1, 80), warm(6, 0, 81), warm(7, 2, 80), warm(7, 3, 79), warm(8, 4, 80)];
  const hot = gpu('gpu.temperature.high', 6, 3, { temperatureCelsius: 86 });
  const slowed = gpu('gpu.clock.thermal', 6, 3, {});
  const hotter = (findings: readonly Finding[]) =>
    sharedPlaces(everywhere([...on('bmc.sensor.inlet-hot', 5, 6, 7, 8), ...findings]), sites).flatMap((one) =>
      one.kind === 'place.hotter-than-fellows' ? `${one.node} ${one.device?.index}` : [],
    );

  it('that is far hotter than all others, and alone slowed down, has a trouble of its own', () => {
    expect(hotter([...fellows, hot, slowed])).toEqual(['node-06 3']);
  });

  it.each([
    ['it is as warm as the others', [...fellows, warm(6, 3, 82), slowed]],
    ['others are slowed down, too', [...fellows, hot, slowed, gpu('gpu.throttle.thermal', 8, 4, {})]],
    ['it is not slowed down', [...fellows, hot]],
    ['too few others are known', [warm(5, 0, 79), hot, slowed]],
  ])('has none where %s', (_why, findings) => {
    expect(hotter(findings)).toEqual([]);
  });
});

describe('one GPU of a rack that is hot all over', () => {
  const gpu = (kind: string, node: number, index: number, source = 'probe some.probe on'): Finding => ({
    ...seen(kind, `node-0${node}`),
    id: `fi_${kind}_${node}_${index}`,
    device: { kind: 'gpu', index },
    range: { evidenceId: `ev_${kind}`, source: `${source} node-0${node}` },
  });
  const throttled = [5, 6, 7, 8].flatMap((node) => [1, 3].map((index) => gpu('gpu.throttle.thermal', node, index)));
  const worsened: Finding = {
    ...gpu('metric.gpu.cooling.worsened', 6, 3, 'metrics of'),
    text: '14 % more degrees for each watt than before',
  };
  const odd = (findings: readonly Finding[]) =>
    sharedPlaces(everywhere(findings), sites).filter(({ kind }) => kind === 'place.cools-worse-than-fellows');

  it('and cools worse than before, as its fellows do not, has a trouble of its own', () => {
    const [finding] = odd([...throttled, worsened]);
    expect(finding).toMatchObject({ node: 'node-06', device: { kind: 'gpu', index: 3 }, values: { fellows: 7 } });
    expect(finding?.text).toMatch(/14 % more degrees .*; 7 hot GPUs of the same place do not$/);
    expect(finding?.range.source).toBe('probe some.probe on node-06');
  });

  it.each([
    ['its fellows are slowed down as it is', throttled],
    [
      'no probe shows that the heat harms it',
      [...throttled, { ...worsened, device: { kind: 'gpu', index: 2 } as const }],
    ],
    ['it stands elsewhere', [...throttled, { ...worsened, node: 'node-01' }, gpu('gpu.throttle.thermal', 1, 3)]],
    ['no place is hot', [gpu('gpu.throttle.thermal', 6, 3), worsened]],
  ])('has none where %s', (_why, findings) => {
    expect(odd(findings)).toEqual([]);
  });

  it('is named beside what makes the rack hot, and the rack alone names none', () => {
    const named = (findings: readonly Finding[]) => {
      const all = [...findings, ...sharedPlaces(everywhere(findings), sites)].map((one) => ({
        ...one,
        role: knowledge.kinds.get(one.kind)?.role ?? one.role,
      }));
      const observations = observe(all, knowledge.kinds);
      return judge({ observations, recalled: [], nodes: sites.map(({ name }) => name) }, proof).causes.map(
        ({ category, node, device }) => `${category} ${node ?? ''} ${device?.index ?? ''}`.trim(),
      );
    };
    const slowed = [gpu('gpu.clock.below-siblings', 6, 3), gpu('metric.gpu.clock.below-siblings', 6, 3, 'metrics of')];
    expect(named([...throttled, ...slowed])).toEqual(['facility-fault']);
    expect(named([...throttled, ...slowed, worsened]).toSorted()).toEqual([
      'facility-fault',
      'gpu-clock-throttle node-06 3',
    ]);
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
