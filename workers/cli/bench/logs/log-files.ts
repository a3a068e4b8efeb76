import type { Job } from './fields.ts';
import { lineClock, type LineClock } from './line-clock.ts';
import { statement, zipfChoice, type Field, type Statement } from './statement.ts';
import { launch, ncclInfo } from './statements/nccl.ts';
import { containerMessages, daemons, kernel, slurm } from './statements/system.ts';
import { bars, deepspeed, megatron, trainer } from './statements/training.ts';
import { loaders } from './statements/workers.ts';
import type { PlantedFault } from './planted.ts';

/** One log of the job: what it is called, how much of all bytes it gets, and how its lines come about. */
export interface LogFile {
  /** Below the job's folder. */
  readonly path: string;
  /** Of all bytes, relative to the other files. */
  readonly weight: number;
  /** Lines at its beginning that come once. */
  readonly head: readonly Statement[];
  /** The next piece with its line break, or a carriage return where a bar is drawn over. */
  readonly next: Statement;
  readonly clock: LineClock;
  /** What a tool puts before (and behind) its words in this file, at the moment of `clock`. */
  readonly frame: (words: string) => string;
  readonly faults: readonly PlantedFault['fault'][];
}

/** All logs of one job on four nodes, as a cluster leaves them behind. */
export function logFiles(job: Job, random: () => number): readonly LogFile[] {
  const ranks = Array.from({ length: job.ranks }, (_, rank) => rank);
  const perNode = job.nodes.flatMap((node, at) => [
    syslogOf(node, at, job),
    containerLogOf(node, at, job),
    ncclLogOf(node, at, job),
  ]);
  return [
    jobOutput(job, random),
    ...ranks.map((rank) => rankLog(rank, job)),
    ...perNode,
    deepspeedLog(job),
    trainerLog(job),
    schedulerLog(job),
  ];
}

const startMs = Date.UTC(2026, 10, 21, 3);
const bootedBeforeMs = 51 * 3_600_000;

/** Fields of one file: those of the job, and the ones that its own clock and iteration tell. */
function fieldsOf(job: Job, clock: LineClock): ReadonlyMap<string, Field> {
  let step = 100_000;
  return new Map<string, Field>([
    ...job.fields,
    ['clock', () => clock.plain()],
    ['comma', () => clock.comma()],
    ['iso', () => clock.iso()],
    ['unix', () => clock.unix()],
    ['step', () => String((step += 1)).padStart(8)],
  ]);
}

function newClock(): LineClock {
  return lineClock(startMs, startMs - bootedBeforeMs);
}

function compiled(texts: readonly string[], job: Job, clock: LineClock): readonly Statement[] {
  const fields = fieldsOf(job, clock);
  return texts.map((text) => statement(text, fields));
}

/** What `srun --label` collects of all ranks: start-up first, then the training loop with now and then something else. */
function jobOutput(job: Job, seed: () => number): LogFile {
  const clock = newClock();
  const loop = compiled(megatron, job, clock);
  const rare = zipfChoice(compiled([...launch, ...deepspeed], job, clock));
  const fields = fieldsOf(job, clock);
  const prefix = statement('{host}:{process} NCCL INFO ', fields);
  const nccl = zipfChoice(compiled(ncclInfo, job, clock));
  const ordered = [...loop];
  let at = 0;
  const labelled = (words: string, random: () => number): string =>
    `${String(Math.floor(random() * job.ranks)).padStart(2)}: ${words}\n`;
  return {
    path: 'slurm-424242.out',
    weight: 12,
    head: Array.from({ length: 4_000 }, () => (random) => {
      clock.tick(random, 5);
      return labelled(seed() < 0.1 ? rare(random)(random) : prefix(random) + nccl(random)(random), random);
    }),
    next(random) {
      clock.tick(random, 150);
      if (random() < 0.02) return labelled(rare(random)(random), random);
      // Each iteration prints its line and the timers below it, in their order.
      at = at >= timersEnd || random() < 0.01 ? 0 : at + 1;
      const line = random() < 0.03 ? ordered[Math.floor(random() * ordered.length)] : ordered[at];
      return labelled(line?.(random) ?? '', random);
    },
    clock,
    frame: (words) => `13: ${words}`,
    faults: ['nan', 'watchdog', 'cuda-oom'],
  };
}

/** The iteration line and its timers stand first in `megatron`. */
const timersEnd = 15;

function rankLog(rank: number, job: Job): LogFile {
  const clock = newClock();
  const choose = zipfChoice(compiled(loaders, job, clock));
  return {
    path: `ranks/rank-${String(rank).padStart(5, '0')}/stderr.log`,
    weight: 1.4,
    head: [],
    next(random) {
      clock.tick(random, 20);
      return `${choose(random)(random)}\n`;
    },
    clock,
    frame: (words) => words,
    faults:
      rank % 8 === 5 ? ['stale-handle'] : rank % 8 === 2 ? ['shared-memory'] : rank % 16 === 9 ? ['store-gave-up'] : [],
  };
}

function syslogOf(node: string, at: number, job: Job): LogFile {
  const clock = newClock();
  const ofKernel = zipfChoice(compiled(kernel, job, clock));
  const ofDaemons = zipfChoice(compiled(daemons, job, clock));
  const frame = (words: string): string => `${clock.syslog()} ${node} kernel: [${clock.boot()}] ${words}`;
  return {
    path: `nodes/${node}/syslog`,
    weight: 5,
    head: [],
    next(random) {
      clock.tick(random, 80);
      return random() < 0.4
        ? `${frame(ofKernel(random)(random))}\n`
        : `${clock.syslog()} ${node} ${ofDaemons(random)(random)}\n`;
    },
    clock,
    frame,
    faults: [
      ...(['xid-79', 'link-down', 'oom-kill', 'nfs-server'] as const).filter((_, index) => index !== at),
      ...(at === 0 ? (['disk-timeout', 'hung-task'] as const) : []),
    ],
  };
}

/** Docker's json-file. */
function containerLogOf(node: string, at: number, job: Job): LogFile {
  const clock = newClock();
  const choose = zipfChoice(compiled(containerMessages, job, clock));
  const frame = (words: string): string => `{"log":"${words}\\n","stream":"stderr","time":"${clock.iso()}"}`;
  return {
    path: `nodes/${node}/container-json.log`,
    weight: 3,
    head: [],
    next(random) {
      clock.tick(random, 60);
      return `${frame(choose(random)(random))}\n`;
    },
    clock,
    frame,
    faults: at === 2 ? ['disk-full'] : [],
  };
}

function ncclLogOf(node: string, at: number, job: Job): LogFile {
  const clock = newClock();
  const fields = fieldsOf(job, clock);
  const prefix = statement(`${node}:{process} NCCL INFO `, fields);
  const choose = zipfChoice(compiled(ncclInfo, job, clock));
  return {
    path: `nccl/nccl-debug.${node}.log`,
    weight: 1.5,
    head: [],
    next: (random) => `${prefix(random)}${choose(random)(random)}\n`,
    clock,
    frame: (words) => `${node}:4242:4250 [2] ${words}`,
    faults: at === 1 ? ['nccl-retry'] : [],
  };
}

function deepspeedLog(job: Job): LogFile {
  const clock = newClock();
  const choose = zipfChoice(compiled(deepspeed, job, clock));
  return {
    path: 'deepspeed/train.log',
    weight: 4,
    head: settings,
    next(random) {
      clock.tick(random, 200);
      return `${choose(random)(random)}\n`;
    },
    clock,
    frame: (words) => words,
    faults: ['stale-handle'],
  };
}

/** Settings printed as an object over several lines. */
const settings: readonly Statement[] = [
  '{',
  '    "train_batch_size": 1024, ',
  '    "zero_optimization": {',
  '        "stage": 2, ',
  '        "reduce_bucket_size": 5.000000e+08',
  '    }, ',
  '    "bf16": {',
  '        "enabled": true',
  '    }',
  '}',
].map((line) => () => `${line}\n`);

/** Bars that are drawn over with carriage returns, and the trainer's lines between them. */
function trainerLog(job: Job): LogFile {
  const clock = newClock();
  const chooseBar = zipfChoice(compiled(bars, job, clock));
  const choose = zipfChoice(compiled(trainer, job, clock));
  return {
    path: 'finetune/train.log',
    weight: 3,
    head: [],
    next(random) {
      clock.tick(random, 500);
      return random() < 0.8 ? `\r${chooseBar(random)(random)}` : `\n${choose(random)(random)}\n`;
    },
    clock,
    frame: (words) => words,
    faults: [],
  };
}

function schedulerLog(job: Job): LogFile {
  const clock = newClock();
  const choose = zipfChoice(compiled(slurm, job, clock));
  const frame = (words: string): string => `[${clock.iso().slice(0, 23)}] ${words}`;
  return {
    path: 'slurmctld.log',
    weight: 3,
    head: [],
    next(random) {
      clock.tick(random, 30);
      return `${frame(choose(random)(random))}\n`;
    },
    clock,
    frame,
    faults: ['node-lost'],
  };
}
