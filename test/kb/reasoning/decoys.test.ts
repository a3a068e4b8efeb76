import { describe, expect, it } from 'vitest';
import {
  diagnoseWorld,
  dmesg,
  gpuGauge,
  kernelLog,
  power,
  rankLog,
  ranks,
  steps,
  type Answer,
  type Source,
  type World,
} from './incident-world.ts';
import { busId } from './slow-job.ts';

const day = 86_400;
const healthy: Omit<World, 'sources'> = { metrics: [steps(), ...power()], answers: [] };
const lastWeek = -6 * day;
const oldXid = (gpu: number, code: number, text: string): readonly [number, string] => [
  lastWeek,
  `NVRM: Xid (PCI:${busId(gpu).slice(4, 14).toLowerCase()}): ${code}, ${text}`,
];
const stepsTold: Source = rankLog(0, [
  [-60, 'iteration 12030/250000 | elapsed time per iteration (ms): 4247.9 | lm loss: 2.345678E+00 |'],
  [30, 'iteration 12050/250000 | elapsed time per iteration (ms): 4247.9 | lm loss: 2.335678E+00 |'],
]);
const gpu = (index: number) => ({ kind: 'gpu' as const, index, name: busId(index).toLowerCase() });

describe('an Xid of last week that is still shown', () => {
  // https://github.com/NVIDIA/dcgm-exporter/issues/500, https://github.com/NVIDIA/DCGM/issues/277
  const standing = (node: string, index: number, code: number) =>
    gpuGauge('DCGM_FI_DEV_XID_ERRORS', node, index, () => code);
  const asked = (node: string, lines: Parameters<typeof dmesg>[0]): Answer => ({
    probeId: 'kernel.log',
    node,
    stdout: dmesg(lines),
  });
  const labelled = (node: string, index: number, code: number) => {
    const series = standing(node, index, code);
    return { ...series, labels: { ...series.labels, err_code: String(code), err_msg: 'GPU has fallen off the bus' } };
  };

  const cases: readonly (readonly [name: string, world: World])[] = [
    [
      'by the gauge alone',
      { ...healthy, sources: [], metrics: [...(healthy.metrics ?? []), standing('node-03', 5, 79)] },
    ],
    [
      'by a gauge that has the code as a label',
      { ...healthy, sources: [], metrics: [...(healthy.metrics ?? []), labelled('node-02', 1, 48)] },
    ],
    [
      'by a kernel log that was shipped again',
      {
        ...healthy,
        sources: [kernelLog('node-03', [oldXid(5, 79, 'pid=4242, name=python, GPU has fallen off the bus.')])],
      },
    ],
    [
      'by gauge and shipped log, with steps in the log of a rank',
      {
        ...healthy,
        sources: [
          stepsTold,
          kernelLog('node-01', [oldXid(0, 48, 'pid=4242, name=python3, DBE (double bit error) detected')]),
        ],
        metrics: [...(healthy.metrics ?? []), standing('node-01', 0, 48)],
      },
    ],
    [
      'where dmesg and the counter since the driver was loaded remember it',
      {
        ...healthy,
        sources: [
          kernelLog('node-04', [oldXid(2, 94, 'pid=4242, name=python3, Contained: SM (0x1). RST: No, D-RST: No')]),
        ],
        metrics: [...(healthy.metrics ?? []), standing('node-04', 2, 94)],
        answers: [
          { probeId: 'gpu.ecc', node: 'node-04', says: [{ kind: 'gpu.ecc.uncorrectable-volatile', device: gpu(2) }] },
          asked('node-04', [oldXid(2, 94, 'pid=4242, name=python3, Contained: SM (0x1). RST: No, D-RST: No')]),
        ],
      },
    ],
    [
      'of a program, by the gauge',
      { ...healthy, sources: [stepsTold], metrics: [...(healthy.metrics ?? []), standing('node-02', 7, 31)] },
    ],
    [
      'where no step metric exists, and the ranks tell of steps',
      { sources: [stepsTold], metrics: [...power(), standing('node-02', 3, 79)], answers: [] },
    ],
  ];
  it.each(cases)('is no fault: %s', (_name, world) => {
    const { last } = diagnoseWorld(world);
    expect(last.verdict?.kind).toBe('no-fault');
    const text = last.verdict?.kind === 'no-fault' ? last.verdict.explanation.text : '';
    expect(text).toMatch(/before the (incident|window|alert)/);
    expect(last.struck).toBe(0);
  });

  it('is no fault beside counters of ports that nobody has cleared for months', () => {
    const counters = ['node-01', 'node-02'].map((node) => ({
      probeId: 'ib.counters',
      node,
      says: [{ kind: 'ib.counter.errors', device: { kind: 'hca' as const, name: 'mlx5_1' } }],
    }));
    const metrics = [...(healthy.metrics ?? []), standing('node-03', 5, 79)];
    expect(diagnoseWorld({ sources: [], metrics, answers: counters }).last.verdict?.kind).toBe('no-fault');
  });

  it('does not hide the same Xid happening again: a kernel line in the window', () => {
    const { last } = diagnoseWorld({
      sources: [
        kernelLog('node-03', [
          [-301, 'NVRM: Xid (PCI:0000:2f:00): 79, pid=4242, name=python, GPU has fallen off the bus.'],
        ]),
      ],
      metrics: [steps(-300), ...power(-300), standing('node-03', 5, 79)],
      answers: [{ probeId: 'gpu.presence', node: 'node-03', says: [{ kind: 'gpu.presence.missing', device: gpu(5) }] }],
    });
    expect(last.verdict).toMatchObject({
      kind: 'attributed',
      causes: [{ category: 'gpu-fell-off-bus', node: 'node-03', device: { index: 5 } }],
    });
  });

  it('does not explain a job that stopped', () => {
    const { last } = diagnoseWorld({
      sources: [],
      metrics: [steps(-300), ...power(-300), standing('node-03', 5, 79)],
      answers: [],
    });
    expect(last.verdict?.kind).toBe('not-proven');
  });

  it('does not explain a job that is slow', () => {
    const { last } = diagnoseWorld({
      sources: [],
      metrics: [steps(90, (at) => (at > -900 ? 8 : 4.1)), ...power(), standing('node-03', 5, 79)],
      answers: [],
    });
    expect(last.verdict?.kind).toBe('not-proven');
  });

  it('is taken for new where the gauge changes inside the window, code as a label or not', () => {
    const before = gpuGauge('DCGM_FI_DEV_XID_ERRORS', 'node-03', 5, () => 0);
    const split = [
      { ...before, points: before.points.slice(0, 80) },
      {
        ...before,
        labels: { ...before.labels, err_code: '79' },
        points: before.points.slice(80).map(([atMs]) => [atMs, 79] as const),
      },
    ];
    const { last } = diagnoseWorld({
      sources: [],
      metrics: [steps(-300), ...power(-300), ...split],
      answers: [{ probeId: 'gpu.presence', node: 'node-03', says: [{ kind: 'gpu.presence.missing', device: gpu(5) }] }],
    });
    expect(last.verdict).toMatchObject({
      kind: 'attributed',
      causes: [{ category: 'gpu-fell-off-bus', node: 'node-03' }],
    });
  });
});

describe('planned maintenance', () => {
  const inMaintenance = (...nodes: readonly string[]): readonly Answer[] =>
    nodes.map((node) => ({
      probeId: 'scheduler.node',
      node,
      says: [{ kind: 'scheduler.node.taken-out', values: { states: 'IDLE+MAINTENANCE+DRAIN+RESERVED' } }],
    }));
  const reserved = (probeId: string, ...nodes: readonly string[]): readonly Answer[] =>
    nodes.map((node) => ({ probeId, node, says: [{ kind: 'scheduler.maintenance.active' }] }));
  const all = ['node-01', 'node-02', 'node-03', 'node-04'];
  // https://slurm.schedmd.com/reservations.html, slurmstepd's own words (src/slurmd/slurmstepd/req.c)
  const cancelled: Source = rankLog(0, [
    [-302, 'slurmstepd: error: *** JOB 608 ON node-01 CANCELLED AT 2026-11-21T03:34:58 DUE TO JOB REQUEUE ***'],
    [-301, 'torch.distributed.elastic.agent.server.api: Received 15 death signal, shutting down workers'],
  ]);
  const others: readonly Source[] = ranks
    .slice(8)
    .map(({ rank }) =>
      rankLog(rank, [
        [
          -300,
          'ncclRemoteError: A call failed possibly due to a network error or a remote process exiting prematurely.',
        ],
      ]),
    );
  const retries: readonly Source[] = [8, 16].map((rank) =>
    rankLog(rank, [
      [
        -300,
        'node:983:1261 [3] transport/net_ib.cc:1295 NCCL WARN NET/IB : Got completion from peer 10.0.0.3<36315> with status=12 opcode=32698 len=32696 vendor err 129 (Send)',
      ],
    ]),
  );
  const counted: readonly Answer[] = [
    {
      probeId: 'ib.counters',
      node: 'node-03',
      says: [{ kind: 'ib.counter.errors', device: { kind: 'hca', name: 'mlx5_5' } }],
    },
  ];
  const miscounted: readonly Answer[] = [
    { probeId: 'gpu.ecc', node: 'node-03', says: [{ kind: 'gpu.ecc.uncorrectable-volatile', device: gpu(5) }] },
  ];
  const stopped = [steps(-300), ...power(-300)];
  const slower = [steps(90, (at) => (at > -900 ? 5.6 : 4.1)), ...power()];

  const cases: readonly (readonly [name: string, world: World])[] = [
    [
      'that stopped the job: Slurm says so',
      {
        sources: [cancelled, ...others],
        metrics: stopped,
        answers: [...inMaintenance(...all), ...reserved('scheduler.reservations', ...all)],
      },
    ],
    [
      'that stopped the job without a word',
      {
        sources: [],
        metrics: stopped,
        answers: [...inMaintenance(...all), ...reserved('scheduler.reservations', ...all)],
      },
    ],
    [
      'whose ended ranks look like a bad network',
      {
        sources: [...others, ...retries],
        metrics: stopped,
        answers: [...inMaintenance(...all), ...reserved('scheduler.reservations', ...all)],
      },
    ],
    [
      'that took a part of the nodes and slowed the job',
      {
        sources: [],
        metrics: slower,
        answers: [...inMaintenance('node-04'), ...reserved('scheduler.reservations', ...all)],
      },
    ],
  ];
  const drained = (reason: string, states = 'IDLE+DRAIN'): readonly Answer[] =>
    all.map((node) => ({
      probeId: 'scheduler.node',
      node,
      says: [{ kind: 'scheduler.node.taken-out', values: { states, reason } }],
    }));

  it.each([
    ['maintenance 2026-11 rack 4', 'no-fault'],
    ['firmware update', 'no-fault'],
    ['Kill task failed', 'not-proven'],
    ['gpu health check failed', 'not-proven'],
  ])('is read from the reason of a drain: %s', (reason, verdict) => {
    const { last } = diagnoseWorld({ sources: [], metrics: stopped, answers: drained(reason) });
    expect(last.verdict?.kind).toBe(verdict);
  });

  it('is none where a node was set to DOWN under a running job, whatever for', () => {
    const verdictOf = (states: string) =>
      diagnoseWorld({ sources: [], metrics: stopped, answers: drained('firmware update', states) }).last.verdict?.kind;
    expect(verdictOf('DOWN')).not.toBe('no-fault');
    expect(verdictOf('DOWN+DRAIN')).toBe('no-fault');
    expect(verdictOf('DOWN+MAINTENANCE')).toBe('no-fault');
  });

  it('is read from a job that the scheduler holds back for it', () => {
    const held = rankLog(0, [
      [-290, 'JobState=PENDING Reason=ReqNodeNotAvail,_Reserved_for_maintenance Dependency=(null)'],
    ]);
    const { last } = diagnoseWorld({ sources: [held], metrics: stopped, answers: [] });
    expect(last.verdict?.kind).toBe('no-fault');
  });

  it.each(cases)('is no fault: %s', (_name, world) => {
    const { last } = diagnoseWorld({ ...world });
    expect(last.verdict?.kind).toBe('no-fault');
    const text = last.verdict?.kind === 'no-fault' ? last.verdict.explanation.text : '';
    expect(text).toMatch(/maintenance/i);
    expect(last.struck).toBe(0);
  });

  it.each([
    [
      'a GPU that fell off the bus',
      'gpu-fell-off-bus',
      kernelLog('node-03', [
        [-305, 'NVRM: Xid (PCI:0000:2f:00): 79, pid=4242, name=python, GPU has fallen off the bus.'],
      ]),
    ],
    [
      'a memory error',
      'gpu-ecc-uncorrectable',
      kernelLog('node-03', [
        [
          -305,
          'NVRM: Xid (PCI:0000:2f:00): 95, pid=4242, name=python3, Uncontained: LTC TAG (0x2,0x0). RST: Yes, D-RST: No',
        ],
      ]),
    ],
    [
      'a port that lost its link',
      'rdma-link-fault',
      kernelLog('node-03', [[-305, 'mlx5_core 0000:ab:00.0 mlx5_5: Port: 1 Link DOWN']]),
    ],
  ])('does not hide %s at the same time', (_name, category, line) => {
    const shown = category === 'gpu-ecc-uncorrectable' ? miscounted : counted;
    const { last } = diagnoseWorld({
      sources: [line, cancelled, ...others],
      metrics: stopped,
      answers: [...inMaintenance(...all), ...reserved('scheduler.reservations', ...all), ...shown],
    });
    expect(last.verdict).toMatchObject({ kind: 'attributed', causes: [{ category, node: 'node-03' }] });
  });

  it('is asked for before a stopped job is given up', () => {
    const { asked } = diagnoseWorld({ sources: [], metrics: stopped, answers: [] });
    expect(asked.some(({ probeId }) => probeId.startsWith('scheduler.'))).toBe(true);
  });

  it('that is over, or was never there, excuses nothing', () => {
    const { last } = diagnoseWorld({ sources: [cancelled, ...others], metrics: stopped, answers: [] });
    expect(last.verdict?.kind).not.toBe('no-fault');
  });
});
