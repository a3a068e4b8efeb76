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
  ranks,
  steps,
  type Answer,
  type Source,
  type World,
} from './incident-world.ts';
import { busId } from './slow-job.ts';

/** Jobs that died, as real clusters tell of it: the lines are those of the threads that each case names. */

const shortBus = (gpu: number): string => busId(gpu).slice(4, 15).toLowerCase().replace(/\.0$/, '');
const rankOf = (node: string, gpu: number): number =>
  ranks.find((one) => one.node === node && one.gpu === gpu)?.rank ?? -1;

/** https://github.com/pytorch/pytorch/issues/150916: what all others say when one rank has gone. */
function peersLost(gone: readonly number[], at: number): readonly Source[] {
  return ranks
    .filter(({ rank }) => !gone.includes(rank))
    .map(({ rank, gpu }) =>
      rankLog(rank, [
        [
          at,
          `node:815:864 [${gpu}] misc/socket.cc:58 NCCL WARN socketProgress: Connection closed by remote peer node-03.site<59116>`,
        ],
        [
          at + 1,
          `[rank${rank}]:[E1121 ProcessGroupNCCL.cpp:1282] [PG 0 (default_pg) Rank ${rank}] NCCL watchdog thread terminated with exception: NCCL error: remote process exited or there was a network error, NCCL version 2.21.5`,
        ],
        [
          at + 1,
          'ncclRemoteError: A call failed possibly due to a network error or a remote process exiting prematurely.',
        ],
      ]),
    );
}
/** https://github.com/NVIDIA/nccl/issues/1664: ranks on other nodes whose peer does not answer over InfiniBand. */
function peersRetry(from: readonly number[], at: number): readonly Source[] {
  return from.map((rank) =>
    rankLog(rank, [
      [
        at,
        'node:983:1261 [3] transport/net_ib.cc:1295 NCCL WARN NET/IB : Got completion from peer 10.0.0.3<36315> with status=12 opcode=32698 len=32696 vendor err 129 (Send)',
      ],
    ]),
  );
}
const launcher = (node: string, rank: number, at: number, exit: number): Source => ({
  ...rankLog(rank, [
    [at, 'torch.distributed.elastic.multiprocessing.api: Sending process 1167 closing signal SIGTERM'],
    [
      at + 1,
      `torch.distributed.elastic.multiprocessing.api: failed (exitcode: ${exit}) local_rank: ${rank % 8} (pid: 14447) of binary: /usr/bin/python3`,
    ],
    [at + 2, 'torch.distributed.elastic.multiprocessing.errors.ChildFailedError:'],
  ]),
  node,
});

/**
 * What stands in the logs of every cluster beside the fault: time-outs that follow, corrected errors, another node's past.
 * https://github.com/pytorch/pytorch/issues/150916, https://docs.kernel.org/PCI/pcieaer-howto.html
 */
const noise: readonly Source[] = [
  ...ranks.slice(0, 4).map(({ rank }) =>
    rankLog(rank, [
      [
        60,
        `[rank${rank}]:[E1121 ProcessGroupNCCL.cpp:616] [Rank ${rank}] Watchdog caught collective operation timeout: WorkNCCL(SeqNum=4711, OpType=ALLREDUCE, NumelIn=1, NumelOut=1, Timeout(ms)=600000) ran for 600012 milliseconds before timing out.`,
      ],
      [61, 'torch.distributed.elastic.multiprocessing.api: Sending process 4243 closing signal SIGTERM'],
      [-1200, 'UserWarning: Detected call of `lr_scheduler.step()` before `optimizer.step()`'],
    ]),
  ),
  kernelLog('node-01', [
    [-2000, 'pcieport 0000:00:03.0: AER: Corrected error received: 0000:00:03.0'],
    [
      -20 * 86_400,
      'Out of memory: Killed process 999 (python) total-vm:1kB, anon-rss:1kB, file-rss:0kB, shmem-rss:0kB, UID:0',
    ],
  ]),
  kernelLog('node-04', [
    [-9 * 86_400, 'NVRM: Xid (PCI:0000:07:00): 31, pid=4242, name=python, Ch 00000010, intr 00000000. MMU Fault'],
  ]),
];
const noisy = (world: World): World => ({
  ...world,
  sources: [...noise, ...world.sources],
  metrics: [...(world.metrics ?? []), gpuGauge('DCGM_FI_DEV_XID_ERRORS', 'node-04', 0, () => 31)],
});

const stopsAt = (at: number): readonly MetricSeries[] => [steps(at), ...power(at)];
const quiet: Omit<World, 'sources'> = { metrics: stopsAt(-300), answers: [] };

describe('uncorrectable GPU memory errors', () => {
  // https://github.com/leptonai/gpud/pull/1174 (Xid 94), https://docs.nvidia.com/deploy/xid-errors (48, 63, 64, 95)
  const xid = (gpu: number, code: number, text: string): string => `NVRM: Xid (PCI:${shortBus(gpu)}): ${code}, ${text}`;
  const contained = (gpu: number, at: number): readonly (readonly [number, string])[] => [
    [
      at,
      xid(
        gpu,
        63,
        "pid='<unknown>', name=<unknown>, Row Remapper: New row (0x0000000000e0a28d) marked for remapping, reset gpu to activate.",
      ),
    ],
    [at, xid(gpu, 94, 'pid=14447, name=python3, Contained: SM (0x1). RST: No, D-RST: No')],
  ];
  const cuda = (rank: number, at: number): Source =>
    rankLog(rank, [
      [at, `[rank${rank}]: RuntimeError: CUDA error: uncorrectable ECC error encountered`],
      [
        at,
        `[rank${rank}]: CUDA kernel errors might be asynchronously reported at some other API call, so the stacktrace below might be incorrect.`,
      ],
    ]);
  const pending = (node: string, gpu: number) => ({
    probeId: 'gpu.row-remap',
    node,
    says: [
      { kind: 'gpu.row-remap.pending', device: { kind: 'gpu' as const, index: gpu, name: busId(gpu).toLowerCase() } },
    ],
  });
  const counted = (node: string, gpu: number) => ({
    probeId: 'gpu.ecc',
    node,
    says: [
      {
        kind: 'gpu.ecc.uncorrectable-volatile',
        device: { kind: 'gpu' as const, index: gpu, name: busId(gpu).toLowerCase() },
      },
    ],
  });
  const dies = (node: string, gpu: number): readonly Source[] => {
    const rank = rankOf(node, gpu);
    return [cuda(rank, -300), ...peersLost([rank], -297), launcher(node, rank - gpu, -295, 1)];
  };

  const cases: readonly (readonly [name: string, node: string, gpu: number, world: World])[] = [
    [
      'with kernel lines and counters',
      'node-03',
      5,
      {
        ...quiet,
        sources: [kernelLog('node-03', contained(5, -302)), ...dies('node-03', 5)],
        answers: [pending('node-03', 5), counted('node-03', 5)],
      },
    ],
    [
      'with double bit and uncontained errors',
      'node-01',
      0,
      {
        ...quiet,
        sources: [
          kernelLog('node-01', [
            [-301, xid(0, 48, 'pid=14447, name=python3, DBE (double bit error) detected')],
            [-301, xid(0, 95, "pid='<unknown>', name=<unknown>, Uncontained: LTC TAG (0x2,0x0). RST: Yes, D-RST: No")],
            [-300, xid(0, 64, 'Row Remapper: row remapping failure')],
          ]),
          ...dies('node-01', 0),
        ],
        answers: [counted('node-01', 0)],
      },
    ],
    [
      'from the rank alone, without kernel logs',
      'node-04',
      7,
      { ...quiet, sources: dies('node-04', 7), answers: [counted('node-04', 7)] },
    ],
    [
      'from the rank alone, whose process sees its GPU as number 0',
      'node-02',
      6,
      {
        ...quiet,
        sources: [
          rankLog(14, [
            [
              -300,
              "node-02:815:864 [0] transport/net.cc:1000 NCCL WARN Cuda failure 'uncorrectable ECC error encountered'",
            ],
          ]),
          ...peersLost([14], -297),
        ],
        answers: [counted('node-02', 6)],
      },
    ],
    [
      "where its node's clock is a minute ahead",
      'node-03',
      2,
      {
        ...quiet,
        sources: [
          kernelLog('node-03', contained(2, -240)),
          cuda(18, -240),
          ...peersLost([18], -297),
          ...peersRetry([3, 27], -290),
        ],
        answers: [pending('node-03', 2)],
      },
    ],
    [
      'where metrics show it and no log was shipped',
      'node-02',
      1,
      {
        ...quiet,
        sources: [],
        metrics: [
          ...stopsAt(-300),
          gpuGauge('DCGM_FI_DEV_XID_ERRORS', 'node-02', 1, (at) => (at > -300 ? 94 : 0)),
          gpuGauge('DCGM_FI_DEV_UNCORRECTABLE_REMAPPED_ROWS', 'node-02', 1, (at) => (at > -300 ? 1 : 0)),
        ],
        answers: [pending('node-02', 1), counted('node-02', 1)],
      },
    ],
    [
      'beside an old loss of another GPU and a warning of a filesystem',
      'node-03',
      4,
      {
        ...quiet,
        sources: [
          kernelLog('node-03', contained(4, -302)),
          ...dies('node-03', 4),
          rankLog(2, [[-900, 'Warning: dataloader was slow']]),
        ],
        answers: [
          counted('node-03', 4),
          {
            probeId: 'kernel.log',
            node: 'node-01',
            stdout: dmesg([
              [-6 * 86_400, 'NVRM: Xid (PCI:0000:07:00): 79, pid=4242, name=python, GPU has fallen off the bus.'],
            ]),
          },
        ],
      },
    ],
  ];
  it.each(cases)('%s: %s GPU %i', (_name, node, gpu, world) => {
    const { last } = diagnoseWorld(world);
    expect(diagnoseWorld(noisy(world)).last.verdict).toMatchObject({
      kind: 'attributed',
      causes: [{ category: 'gpu-ecc-uncorrectable', node, device: { index: gpu } }],
    });
    expect(last.verdict).toMatchObject({
      kind: 'attributed',
      causes: [{ category: 'gpu-ecc-uncorrectable', node, device: { kind: 'gpu', index: gpu } }],
    });
    expect(last.struck).toBe(0);
  });
});

describe('a port that flaps', () => {
  const flap = (hca: string, times: readonly number[]): readonly (readonly [number, string])[] =>
    times.flatMap((at) => [
      [at, `mlx5_core 0000:ab:00.0 ${hca}: Port: 1 Link DOWN`] as const,
      [at + 7, `mlx5_core 0000:ab:00.0 ${hca}: Port: 1 Link ACTIVE`] as const,
    ]);
  const event = (rank: number, hca: string, times: readonly number[]): Source =>
    rankLog(
      rank,
      times.map((at) => [
        at,
        `node:34050:34121 [0] transport/net_ib/common.cc:179 NCCL WARN NET/IB : ${hca}:1 Got non-fatal async event: port error(10)`,
      ]),
    );
  const downed = (node: string, hca: string): MetricSeries => ({
    name: 'node_infiniband_link_downed_total',
    labels: { node, device: hca, port: '1' },
    points:
      power()[0]?.points.map(
        ([atMs]) => [atMs, 3 + Math.max(0, Math.floor((atMs - alertAtMs + 900_000) / 300_000))] as const,
      ) ?? [],
  });
  const slower = [steps(90, (at) => (at > -900 ? 7.9 : 4.1)), ...power()];
  const errors = (node: string, hca: string) => ({
    probeId: 'ib.counters',
    node,
    says: [{ kind: 'ib.counter.errors', device: { kind: 'hca' as const, name: hca, index: 1 } }],
  });

  const cases: readonly (readonly [name: string, node: string, hca: string, world: World])[] = [
    [
      'slows the job: kernel, NCCL and counters',
      'node-03',
      'mlx5_5',
      {
        metrics: [...slower, downed('node-03', 'mlx5_5')],
        answers: [errors('node-03', 'mlx5_5')],
        sources: [kernelLog('node-03', flap('mlx5_5', [-800, -500, -100])), event(21, 'mlx5_5', [-799, -499, -99])],
      },
    ],
    [
      'kills the job: error 12 on peers of other nodes',
      'node-02',
      'mlx5_0',
      {
        ...quiet,
        sources: [
          kernelLog('node-02', flap('mlx5_0', [-420, -360])),
          event(8, 'mlx5_0', [-419]),
          ...peersRetry([0, 16, 24, 9], -330),
          ...peersLost([8], -320),
        ],
        answers: [errors('node-02', 'mlx5_0')],
      },
    ],
    [
      'shows in NCCL alone, without kernel logs',
      'node-04',
      'mlx5_3',
      { metrics: slower, answers: [errors('node-04', 'mlx5_3')], sources: [event(27, 'mlx5_3', [-799, -499, -99])] },
    ],
    [
      'is up again when the probes look, with counters still low',
      'node-01',
      'mlx5_4',
      {
        metrics: slower,
        answers: [],
        sources: [kernelLog('node-01', flap('mlx5_4', [-800, -500, -100])), event(4, 'mlx5_4', [-799, -499])],
      },
    ],
    [
      'whose kernel lines name a PCI address and a network interface alone',
      'node-02',
      'mlx5_6',
      {
        metrics: slower,
        answers: [errors('node-02', 'mlx5_6')],
        sources: [
          kernelLog('node-02', [
            [-700, 'mlx5_core 0000:ab:00.0 ibs6: Link down'],
            [-690, 'mlx5_core 0000:ab:00.0 ibs6: Link up'],
          ]),
        ],
      },
    ],
    [
      'shows in counters and the port itself alone',
      'node-01',
      'mlx5_7',
      {
        metrics: [...slower, downed('node-01', 'mlx5_7')],
        answers: [
          errors('node-01', 'mlx5_7'),
          {
            probeId: 'ib.ports',
            node: 'node-01',
            says: [{ kind: 'ib.port.down', device: { kind: 'hca', name: 'mlx5_7', index: 1 } }],
          },
        ],
        sources: [],
      },
    ],
    [
      'where clocks differ by a minute and peers seem first',
      'node-03',
      'mlx5_2',
      {
        ...quiet,
        sources: [
          kernelLog('node-03', flap('mlx5_2', [-360, -300])),
          event(18, 'mlx5_2', [-359]),
          ...peersRetry([0, 8], -420),
        ],
        answers: [errors('node-03', 'mlx5_2')],
      },
    ],
  ];
  it.each(cases)('%s: %s %s', (_name, node, hca, world) => {
    const { last } = diagnoseWorld(world);
    expect(diagnoseWorld(noisy(world)).last.verdict).toMatchObject({
      kind: 'attributed',
      causes: [{ category: 'rdma-link-fault', node, device: { name: hca } }],
    });
    expect(last.verdict).toMatchObject({
      kind: 'attributed',
      causes: [{ category: 'rdma-link-fault', node, device: { kind: 'hca', name: hca } }],
    });
    expect(last.struck).toBe(0);
  });
});

describe('host memory that runs out', () => {
  const cgroup = (at: number): readonly (readonly [number, string])[] => [
    [at, 'python3 invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0'],
    [
      at,
      'oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=step_0,mems_allowed=0-1,oom_memcg=/slurm/uid_1000/job_4242,task=python3,pid=14447,uid=1000',
    ],
    [
      at,
      'Memory cgroup out of memory: Killed process 14447 (python3) total-vm:123456kB, anon-rss:98765432kB, file-rss:0kB, shmem-rss:0kB, UID:1000',
    ],
  ];
  const cases: readonly (readonly [name: string, node: string, world: World])[] = [
    [
      'with kernel lines',
      'node-03',
      {
        ...quiet,
        sources: [kernelLog('node-03', cgroup(-302)), ...peersLost([19], -298), launcher('node-03', 16, -296, -9)],
      },
    ],
    [
      'of the whole host',
      'node-01',
      {
        ...quiet,
        sources: [
          kernelLog('node-01', [
            [
              -301,
              'Out of memory: Killed process 4242 (python) total-vm:123456kB, anon-rss:987654kB, file-rss:0kB, shmem-rss:0kB, UID:1000',
            ],
          ]),
          ...peersLost([2], -298),
          ...peersRetry([9, 17], -290),
        ],
        answers: [{ probeId: 'memory.host', node: 'node-01', says: [{ kind: 'host.memory.low' }] }],
      },
    ],
    [
      'told by Slurm alone',
      'node-04',
      {
        ...quiet,
        killed: ['node-04'],
        sources: [
          rankLog(24, [
            [
              -300,
              'slurmstepd-node-04: error: Detected 1 oom-kill event(s) in StepId=9411285.0. Some of your processes may have been killed by the cgroup out-of-memory handler.',
            ],
          ]),
          ...peersLost([26], -298),
        ],
      },
    ],
    [
      'told by the launcher, and by the kernel only when it is asked',
      'node-02',
      {
        ...quiet,
        sources: [...peersLost([11], -298), launcher('node-02', 8, -296, -9)],
        answers: [{ probeId: 'kernel.log', node: 'node-02', stdout: dmesg(cgroup(-300)) }],
      },
    ],
    [
      'where the clock of its node is a minute ahead',
      'node-03',
      {
        ...quiet,
        sources: [
          kernelLog('node-03', cgroup(-240)),
          ...peersLost([19], -298),
          ...peersRetry([1, 30], -297),
          launcher('node-03', 16, -236, -9),
        ],
      },
    ],
  ];
  it.each(cases)('%s: %s', (_name, node, world) => {
    const { last } = diagnoseWorld(world);
    expect(diagnoseWorld(noisy(world)).last.verdict).toMatchObject({
      kind: 'attributed',
      causes: [{ category: 'host-oom', node }],
    });
    expect(last.verdict).toMatchObject({ kind: 'attributed', causes: [{ category: 'host-oom', node }] });
    expect(last.verdict?.kind === 'attributed' && last.verdict.causes.length).toBe(1);
  });
});

describe('a file system that is full at a checkpoint', () => {
  // https://github.com/databrickslabs/dolly/issues/139, https://github.com/pytorch/pytorch/issues/10577
  const saving = (rank: number, at: number): Source =>
    rankLog(rank, [
      [at - 5, 'saving checkpoint at iteration 12000 to /local/ckpt'],
      [at, `[rank${rank}]: OSError: [Errno 28] No space left on device`],
      [
        at,
        `[rank${rank}]: RuntimeError: [enforce fail at inline_container.cc:595] . unexpected pos 12993495168 vs 12993495056`,
      ],
    ]);
  const full = (node: string) => ({
    probeId: 'disk.space',
    node,
    stdout:
      'Filesystem     1024-blocks       Used Available Capacity Mounted on\n/dev/nvme1n1p1  3750738264 3750738264         0     100% /local\n/dev/sda2        102626232   51626232  45743432      54% /\n',
  });
  const cases: readonly (readonly [name: string, node: string, world: World])[] = [
    [
      'with the disk still full',
      'node-03',
      {
        ...quiet,
        sources: [saving(16, -302), ...peersLost([16], -298), launcher('node-03', 17, -296, 1)],
        answers: [full('node-03')],
      },
    ],
    [
      'where the program that died left room again',
      'node-01',
      { ...quiet, sources: [saving(0, -302), ...peersLost([0], -298)] },
    ],
    [
      'where only the writer failed, and the disk says why',
      'node-04',
      {
        ...quiet,
        killed: ['node-04'],
        sources: [
          rankLog(24, [
            [-300, '[rank24]: RuntimeError: PytorchStreamWriter failed writing file data/1432: file write failed'],
          ]),
          ...peersLost([24], -298),
        ],
        answers: [full('node-04')],
      },
    ],
    [
      'before a restart finds a torn checkpoint',
      'node-02',
      {
        ...quiet,
        sources: [
          saving(8, -600),
          ...peersLost([8], -598),
          rankLog(9, [
            [-305, 'RuntimeError: PytorchStreamReader failed reading zip archive: failed finding central directory'],
          ]),
        ],
        answers: [full('node-02')],
      },
    ],
    [
      'where peers seem to fail first for their clocks',
      'node-03',
      {
        ...quiet,
        sources: [saving(16, -200), ...peersLost([16], -298), ...peersRetry([1, 9], -297)],
        answers: [full('node-03')],
      },
    ],
  ];
  it.each(cases)('%s: %s', (_name, node, world) => {
    const { last } = diagnoseWorld(world);
    expect(diagnoseWorld(noisy(world)).last.verdict).toMatchObject({
      kind: 'attributed',
      causes: [{ category: 'disk-full', node }],
    });
    expect(last.verdict).toMatchObject({ kind: 'attributed', causes: [{ category: 'disk-full', node }] });
    expect(last.verdict?.kind === 'attributed' && last.verdict.causes.length).toBe(1);
  });
});

describe('what a repair has to know', () => {
  const node = 'node-03';
  const proofs: readonly Answer[] = [
    { probeId: 'gpu.ecc', node, says: [{ kind: 'gpu.ecc.uncorrectable-volatile', device: { kind: 'gpu', index: 5 } }] },
    { probeId: 'gpu.row-remap', node, says: [{ kind: 'gpu.row-remap.failure', device: { kind: 'gpu', index: 5 } }] },
    {
      probeId: 'disk.space',
      node,
      says: [{ kind: 'disk.space.full', device: { kind: 'disk', name: '/dev/nvme1n1p1' } }],
    },
    { probeId: 'ib.counters', node, says: [{ kind: 'ib.counter.errors', device: { kind: 'hca', name: 'mlx5_5' } }] },
  ];
  const told = (lines: Parameters<typeof kernelLog>[1]) =>
    diagnoseWorld({ ...quiet, sources: [kernelLog('node-03', lines)], answers: proofs }).asked.filter(({ nodes }) =>
      nodes.includes('node-03'),
    );
  it.each([
    [
      'host-oom',
      'Out of memory: Killed process 4242 (python) total-vm:1kB, anon-rss:1kB',
      ['memory.host', 'scheduler.jobs'],
    ],
    [
      'disk-full',
      'EXT4-fs warning (device nvme1n1p1): ext4_dx_add_entry: No space left on device',
      ['disk.space', 'disk.reclaimable'],
    ],
    ['rdma-link-fault', 'mlx5_core 0000:ab:00.0 mlx5_5: Port: 1 Link DOWN', ['ib.port-state', 'scheduler.jobs']],
    [
      'gpu-ecc-uncorrectable',
      'NVRM: Xid (PCI:0000:2f:00): 95, pid=1, name=python3, Uncontained',
      ['gpu.row-remap', 'scheduler.jobs'],
    ],
  ])('is asked for before %s is named', (_category, line, needed) => {
    const asked = told([[-301, line]]).map(({ probeId }) => probeId);
    expect(needed.filter((probeId) => !asked.includes(probeId))).toEqual([]);
  });
});

describe('a dead job that nothing explains', () => {
  it.each([
    ['without a line', []],
    ['with lost connections alone', peersLost([3], -298)],
    ['with healthy steps before its end', [rankLog(0, [[-310, 'iteration 1203/250000 | lm loss: 2.345678E+00 |']])]],
  ])('is never no-fault: %s', (_name, sources) => {
    const { last } = diagnoseWorld({ ...quiet, sources });
    expect(last.verdict?.kind).toBe('not-proven');
  });
  it('is never no-fault where no step metric exists either', () => {
    const { last } = diagnoseWorld({ sources: [], metrics: power(), answers: [] });
    expect(last.verdict?.kind).toBe('not-proven');
  });
});
