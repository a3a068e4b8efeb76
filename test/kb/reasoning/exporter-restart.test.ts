import { describe, expect, it } from 'vitest';
import type { MetricSeries } from '../../../kb/schemas/metric.ts';
import {
  alertAtMs,
  diagnoseWorld,
  dmesg,
  gpuGauge,
  kernelLog,
  power,
  rankLog,
  steps,
  type Answer,
  type Source,
  type World,
} from './incident-world.ts';
import { busId } from './slow-job.ts';

/** An exporter that is started anew shows the last Xid of a GPU again: https://github.com/NVIDIA/dcgm-exporter/issues/500 */

const day = 86_400;
const gauge = 'DCGM_FI_DEV_XID_ERRORS';
const gpu = (index: number) => ({ kind: 'gpu' as const, index, name: busId(index).toLowerCase() });
const xidLine = (index: number, code: number, at: number): readonly [number, string] => [
  at,
  `NVRM: Xid (PCI:${busId(index).slice(4, 14).toLowerCase()}): ${code}, pid=4242, name=python3, as the driver says`,
];
const remembers = (node: string, ...lines: readonly (readonly [number, string])[]): Answer => ({
  probeId: 'kernel.log',
  node,
  stdout: dmesg(lines),
});
const told = (rank: number): Source =>
  rankLog(
    rank,
    Array.from({ length: 50 }, (_one, at) => [
      -2400 + 50 * at,
      `iteration ${12_000 + at}/250000 | elapsed time per iteration (ms): 4247.9 | lm loss: 2.345678E+00 |`,
    ]),
  );

/** Every series of the node's exporter without the samples from `fromS` to `toS`. */
const holed = (series: readonly MetricSeries[], node: string, fromS: number, toS: number): readonly MetricSeries[] =>
  series.map((one) =>
    one.labels['Hostname'] === node
      ? {
          ...one,
          points: one.points.filter(([atMs]) => atMs < alertAtMs + 1000 * fromS || atMs >= alertAtMs + 1000 * toS),
        }
      : one,
  );
const since = (series: MetricSeries, fromS: number): MetricSeries => ({
  ...series,
  points: series.points.filter(([atMs]) => atMs >= alertAtMs + 1000 * fromS),
});
/** From 0 to the code over a hole of 90 s. */
const afterHole = (node: string, index: number, code: number, job: readonly MetricSeries[] = [steps()]) =>
  holed([...job, ...power(), gpuGauge(gauge, node, index, (at) => (at >= -120 ? code : 0))], node, -210, -120);
/** From nothing, after a hole. */
const fromNothing = (node: string, index: number, code: number): readonly MetricSeries[] =>
  holed(
    [
      steps(),
      ...power(),
      since(
        gpuGauge(gauge, node, index, () => code),
        -120,
      ),
    ],
    node,
    -210,
    -120,
  );
/** No hole that scrapes would show, but every series of the node begins anew under other labels. */
const relabelled = (node: string, index: number, code: number): readonly MetricSeries[] => {
  const split = (one: MetricSeries): readonly MetricSeries[] => [
    { ...one, points: one.points.filter(([atMs]) => atMs < alertAtMs - 120_000) },
    { ...since(one, -120), labels: { ...one.labels, pod: 'dcgm-exporter-x7k2p' } },
  ];
  return [
    steps(),
    ...[...power(), gpuGauge(gauge, node, index, (at) => (at >= -120 ? code : 0))].flatMap((one) =>
      one.labels['Hostname'] === node ? split(one) : [one],
    ),
  ];
};

const innocent: readonly (readonly [name: string, node: string, world: World])[] = [
  [
    'an Xid 79 of last week',
    'node-03',
    { sources: [], metrics: afterHole('node-03', 5, 79), answers: [remembers('node-03', xidLine(5, 79, -6 * day))] },
  ],
  [
    'an Xid 48 of yesterday on another node, from nothing',
    'node-02',
    {
      sources: [told(0)],
      metrics: fromNothing('node-02', 1, 48),
      answers: [remembers('node-02', xidLine(1, 48, -day))],
    },
  ],
  [
    'an Xid 74 whose exporter came back under other labels',
    'node-04',
    {
      sources: [told(3)],
      metrics: relabelled('node-04', 7, 74),
      answers: [remembers('node-04', xidLine(7, 74, -3 * day))],
    },
  ],
  [
    'an Xid 31 of a program',
    'node-01',
    {
      sources: [told(0), told(9)],
      metrics: afterHole('node-01', 0, 31),
      answers: [remembers('node-01', xidLine(0, 31, -2 * day))],
    },
  ],
  [
    'an Xid 119 among other old lines and noise',
    'node-02',
    {
      sources: [
        told(16),
        kernelLog('node-01', [[-900, 'pcieport 0000:00:03.0: AER: Corrected error received: 0000:00:03.0']]),
      ],
      metrics: afterHole('node-02', 4, 119),
      answers: [
        remembers(
          'node-02',
          [-20 * day, 'Out of memory: Killed process 999 (python) total-vm:1kB, anon-rss:1kB'],
          xidLine(2, 94, -9 * day),
          xidLine(4, 119, -5 * day),
          xidLine(4, 119, -4 * day),
          [-700, 'pcieport 0000:00:03.0: AER: Corrected error received: 0000:00:03.0'],
        ),
      ],
    },
  ],
  [
    'an Xid 94 whose counter since the driver was loaded still counts it',
    'node-04',
    {
      sources: [told(0)],
      metrics: afterHole('node-04', 2, 94),
      answers: [
        remembers('node-04', xidLine(2, 94, -6 * day)),
        { probeId: 'gpu.ecc', node: 'node-04', says: [{ kind: 'gpu.ecc.uncorrectable-volatile', device: gpu(2) }] },
      ],
    },
  ],
  [
    'where the restart fell between two scrapes, and dmesg alone tells',
    'node-03',
    {
      sources: [],
      metrics: [steps(), ...power(), gpuGauge(gauge, 'node-03', 2, (at) => (at >= -120 ? 79 : 0))],
      answers: [remembers('node-03', xidLine(2, 79, -8 * day))],
    },
  ],
  [
    'where no step metric exists, and ranks tell of steps',
    'node-03',
    {
      sources: [told(0), told(20)],
      metrics: afterHole('node-03', 5, 79, []),
      answers: [remembers('node-03', xidLine(5, 79, -6 * day))],
    },
  ],
];

describe('an exporter that was started anew', () => {
  it.each(innocent)('is no fault: %s', (_name, node, world) => {
    const { last, asked } = diagnoseWorld(world);
    expect(asked.some((wish) => wish.probeId === 'kernel.log' && wish.nodes.includes(node))).toBe(true);
    expect(last.verdict?.kind).toBe('no-fault');
    const text = last.verdict?.kind === 'no-fault' ? last.verdict.explanation.text : '';
    expect(text).toMatch(/(hours|days) before the alert, last at 2026-11-\d\dT\d\d:\d\dZ/);
    expect(last.struck).toBe(0);
  });

  it('is no fault where the kernel log was read and knows of no such line at all', () => {
    const { last } = diagnoseWorld({ sources: [told(0)], metrics: afterHole('node-03', 5, 79), answers: [] });
    expect(last.verdict?.kind).toBe('no-fault');
  });

  it('is not excused where the kernel log cannot be read', () => {
    const world: World = {
      sources: [told(0)],
      metrics: afterHole('node-03', 5, 79),
      answers: [],
      unreachable: ['node-03'],
    };
    expect(diagnoseWorld(world).last.verdict?.kind).toBe('not-proven');
  });

  it('asks for the times of a gauge that stood all along, and names them', () => {
    const { last } = diagnoseWorld({
      sources: [],
      metrics: [steps(), ...power(), gpuGauge(gauge, 'node-02', 6, () => 79)],
      answers: [remembers('node-02', xidLine(6, 79, -6 * day))],
    });
    expect(last.verdict?.kind === 'no-fault' && last.verdict.explanation.text).toMatch(/6 days before the alert/);
  });

  it.each([
    ['shipped', [kernelLog('node-03', [xidLine(5, 79, -180)])], []],
    ['in dmesg alone', [], [remembers('node-03', xidLine(5, 79, -180))]],
    ['after an old one of the same kind', [], [remembers('node-03', xidLine(5, 79, -6 * day), xidLine(5, 79, -180))]],
  ] as const)('hides no fresh kernel line: %s', (_name, sources, answers) => {
    const { last } = diagnoseWorld({
      sources,
      metrics: holed(
        [steps(-180), ...power(-180), gpuGauge(gauge, 'node-03', 5, (at) => (at >= -120 ? 79 : 0))],
        'node-03',
        -210,
        -120,
      ),
      answers: [
        ...answers,
        { probeId: 'gpu.presence', node: 'node-03', says: [{ kind: 'gpu.presence.missing', device: gpu(5) }] },
      ],
    });
    expect(last.verdict).toMatchObject({
      kind: 'attributed',
      causes: [{ category: 'gpu-fell-off-bus', node: 'node-03', device: { index: 5 } }],
    });
  });

  it.each([
    ['shipped', [kernelLog('node-03', [xidLine(5, 79, -180)])], []],
    ['in dmesg alone', [], [remembers('node-03', xidLine(5, 79, -6 * day), xidLine(5, 79, -180))]],
  ] as const)(
    'is a fault beside a job that still steps, where the kernel line is fresh: %s',
    (_name, sources, answers) => {
      const { last } = diagnoseWorld({ sources, metrics: afterHole('node-03', 5, 79), answers });
      expect(last.verdict?.kind).not.toBe('no-fault');
    },
  );

  it.each([
    ['died', [steps(-180), ...power(-180)]],
    ['slowed', [steps(90, (at) => (at > -900 ? 8 : 4.1)), ...power()]],
  ])('explains no job that %s', (how, job) => {
    const metrics = holed(
      [...job, gpuGauge(gauge, 'node-03', 5, (at) => (at >= -120 ? 79 : 0))],
      'node-03',
      -210,
      -120,
    );
    const answers = [remembers('node-03', xidLine(5, 79, -6 * day))];
    expect(diagnoseWorld({ sources: [], metrics, answers }).last.verdict?.kind).not.toBe('no-fault');
    const gone: Answer = {
      probeId: 'gpu.presence',
      node: 'node-03',
      says: [{ kind: 'gpu.presence.missing', device: gpu(5) }],
    };
    const { last } = diagnoseWorld({ sources: [], metrics, answers: [gone] });
    expect(last.hypotheses[0]).toMatchObject({ category: 'gpu-fell-off-bus', node: 'node-03', device: { index: 5 } });
    // What ends a job does not slow it: then the reading of a lost GPU is doubted, and never excused.
    expect(last.verdict?.kind).toBe(how === 'died' ? 'attributed' : 'not-proven');
  });

  it('does not hide a fault of another kind beside it', () => {
    const { last } = diagnoseWorld({
      sources: [
        kernelLog('node-01', [[-302, 'Out of memory: Killed process 4242 (python) total-vm:1kB, anon-rss:1kB']]),
      ],
      metrics: holed(
        [steps(-300), ...power(-300), gpuGauge(gauge, 'node-03', 5, (at) => (at >= -120 ? 79 : 0))],
        'node-03',
        -210,
        -120,
      ),
      answers: [remembers('node-03', xidLine(5, 79, -6 * day))],
    });
    expect(last.verdict).toMatchObject({ kind: 'attributed', causes: [{ category: 'host-oom', node: 'node-01' }] });
    expect(last.verdict?.kind === 'attributed' && last.verdict.causes.length).toBe(1);
  });
});
