import { describe, expect, it } from 'vitest';
import type { MetricSeries } from '../../../kb/schemas/metric.ts';
import {
  diagnoseWorld,
  gpuGauge,
  kernelLog,
  nodes,
  power,
  rankLog,
  ranks,
  steps,
  type Source,
  type World,
} from './incident-world.ts';

/** What stands in the log of every healthy job: checkpoints, evaluations, shards that are opened, steps that are told. */

type Line = readonly [seconds: number, text: string];
const every = (seconds: number, line: (n: number) => string, untilS = 100, fromS = -2600): readonly Line[] => {
  const lines: Line[] = [];
  for (let at = fromS, n = 0; at <= untilS; at += seconds, n += 1) lines.push([at, line(n)]);
  return lines;
};
const inTime = (...lines: readonly (readonly Line[])[]): readonly Line[] => lines.flat().toSorted(([a], [b]) => a - b);

/** Frameworks in their own words. */
const megatron = (n: number): string =>
  ` iteration     ${1200 + 10 * n}/  250000 | consumed samples:  19248 | elapsed time per iteration (ms): 4247.9 | lm loss: 2.345678E+00 | loss scale: 1.0 |`;
const deepspeed = (n: number): string =>
  `[INFO] [logging.py:96:log_dist] [Rank 0] step=${510 + n}, skipped=8, lr=[9.2e-06], mom=[(0.9, 0.95)]`;
const transformers = (n: number): string =>
  `{'loss': 9.${n + 100}, 'grad_norm': 2.14, 'learning_rate': 5.1e-06, 'epoch': 0.0}`;

const routines: readonly (readonly [name: string, lines: readonly Line[]])[] = [
  [
    'Megatron saves',
    inTime(
      every(600, (n) => `saving checkpoint at iteration ${1000 * n} to /data/ckpt in torch_dist format`),
      every(600, (n) => `  successfully saved checkpoint from iteration ${1000 * n} to /data/ckpt`, 100, -2570),
    ),
  ],
  [
    'Transformers saves and evaluates',
    inTime(
      every(500, (n) => `Saving model checkpoint to /data/run/checkpoint-${500 * n}`),
      every(500, () => '***** Running Evaluation *****', 100, -2500),
      every(500, () => 'Evaluating:  41%|████      | 41/100 [00:12<00:17,  3.4it/s]', 100, -2490),
    ),
  ],
  [
    'a data loader opens shards',
    inTime(
      every(45, (n) => `data loader: opening shard /data/pile/shard-${n}.tar`),
      every(45, (n) => `loaded shard ${n} in 1.2 s`, 100, -2590),
    ),
  ],
  [
    'tokenising in the background',
    every(
      30,
      (n) => `Map (num_proc=8):  ${(n % 90) + 10}%|████      | 4100000/10000000 [29:12<41:50, 2350.1 examples/s]`,
    ),
  ],
  ['rank 0 works alone for a while', every(400, () => 'Waiting for main process to perform the mapping')],
  [
    'a port that reports its flush at every checkpoint',
    every(
      300,
      () =>
        'node:815:864 [0] transport/net_ib.cc:1295 NCCL WARN NET/IB : Got completion from peer 10.0.0.3<36315> with status=5 opcode=0 len=0 vendor err 249 (Recv)',
    ),
  ],
];

const progressOf = (rank: number, untilS = 100): readonly Line[] =>
  every(40, [megatron, deepspeed, transformers][rank % 3] ?? megatron, untilS);
const allRanks = (first: readonly Line[], untilS = 100): readonly Source[] =>
  ranks.map(({ rank }) => rankLog(rank, rank === 0 ? inTime(progressOf(0, untilS), first) : progressOf(rank, untilS)));
/** Which differ a little on every healthy cluster. */
const uneven: readonly MetricSeries[] = nodes.flatMap((node, at) =>
  Array.from({ length: 8 }, (_one, gpu) =>
    gpuGauge('DCGM_FI_DEV_GPU_TEMP', node, gpu, () => (at === 1 && gpu === 6 ? 76 : 58 + gpu / 4)),
  ),
);

describe('a healthy job with routine work', () => {
  it.each(routines)('is no fault: %s', (_name, lines) => {
    for (const extra of [[], uneven]) {
      const { last } = diagnoseWorld({
        sources: [
          ...allRanks(lines),
          kernelLog('node-02', [[-900, 'pcieport 0000:00:03.0: AER: Corrected error received: 0000:00:03.0']]),
        ],
        metrics: [steps(), ...power(), ...extra],
        answers: [],
      });
      expect(last.verdict?.kind).toBe('no-fault');
      expect(last.struck).toBe(0);
    }
  });

  it.each(routines)('is no fault where no rank tells of steps and the step metric does: %s', (_name, lines) => {
    const world: World = { sources: [rankLog(0, lines)], metrics: [steps(), ...power(), ...uneven], answers: [] };
    expect(diagnoseWorld(world).last.verdict?.kind).toBe('no-fault');
  });
});

describe('routine work excuses nothing', () => {
  it.each(routines)('of a job that stopped: %s', (_name, lines) => {
    const before = lines.filter(([at]) => at < -300);
    for (const metrics of [[steps(-300), ...power(-300)], [...power(-300)]]) {
      const world: World = { sources: allRanks(before, -300), metrics, answers: [] };
      expect(diagnoseWorld(world).last.verdict?.kind).not.toBe('no-fault');
    }
  });

  it.each(routines)('of a job that hangs while rank 0 goes on with it: %s', (_name, lines) => {
    const sources = ranks.map(({ rank }) =>
      rankLog(rank, rank === 0 ? inTime(lines, progressOf(0, -900)) : progressOf(rank, -900)),
    );
    const world: World = { sources, metrics: [...power(-900)], answers: [] };
    expect(diagnoseWorld(world).last.verdict?.kind).not.toBe('no-fault');
  });

  it.each(routines)('of a job that slowed: %s', (_name, lines) => {
    const metrics = [steps(90, (at) => (at > -900 ? 8 : 4.1)), ...power()];
    expect(diagnoseWorld({ sources: allRanks(lines), metrics, answers: [] }).last.verdict?.kind).not.toBe('no-fault');
  });

  it.each(routines)('of ranks that ceased to tell of steps while others go on: %s', (_name, lines) => {
    const sources = ranks.map(({ rank, node }) =>
      rankLog(rank, rank === 0 ? inTime(progressOf(0), lines) : progressOf(rank, node === 'node-03' ? -1200 : 100)),
    );
    expect(diagnoseWorld({ sources, metrics: power(), answers: [] }).last.verdict?.kind).not.toBe('no-fault');
  });

  it('of a fresh symptom that is no routine', () => {
    const fresh: Line = [
      -120,
      '[rank0]:[E1121 ProcessGroupNCCL.cpp:616] [Rank 0] Watchdog caught collective operation timeout: WorkNCCL(SeqNum=4711, OpType=ALLREDUCE, NumelIn=1, NumelOut=1, Timeout(ms)=600000) ran for 600012 milliseconds before timing out.',
    ];
    const metrics = [steps(), ...power()];
    expect(diagnoseWorld({ sources: allRanks([fresh]), metrics, answers: [] }).last.verdict?.kind).not.toBe('no-fault');
  });

  it.each(routines)('of host memory that ran out beside it: %s', (_name, lines) => {
    const { last } = diagnoseWorld({
      sources: [
        ...allRanks(
          lines.filter(([at]) => at < -300),
          -300,
        ),
        kernelLog('node-04', [[-302, 'Out of memory: Killed process 4242 (python) total-vm:1kB, anon-rss:1kB']]),
      ],
      metrics: [steps(-300), ...power(-300)],
      answers: [],
    });
    expect(last.verdict).toMatchObject({ kind: 'attributed', causes: [{ category: 'host-oom', node: 'node-04' }] });
  });
});
