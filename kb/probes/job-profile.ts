import { z } from 'zod';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe, type ProbeFinding } from '../schemas/probe.ts';
import { median } from './clean.ts';
import { unlikeSiblings } from './host-read.ts';
import {
  jobBlocks,
  orAllClean,
  rankList,
  rankValues,
  trainerKinds,
  unreadOf,
  type Trainer,
  type TrainerBlock,
  type UnreadTrainer,
} from './job-blocks.ts';
import { jobRead } from './job-read.ts';
import { foldedFrames, frameText, placeOf, type Doing } from './stack-frames.ts';

// The differential flame graph: the same function's share, beside that of a like process in the same seconds.
const differential = 'https://www.brendangregg.com/blog/2014-11-09/differential-flame-graphs.html';
const loading = 'https://pytorch.org/tutorials/recipes/recipes/tuning_guide.html';

const inputHigh: FindingKind = {
  id: 'job.profile.input-high',
  summary: 'a rank spends far more of its time in loading data than the others of its node',
  role: 'cause',
  weighs: { 'dataloader-stall': 3, 'shared-fs-problem': 1, 'cpu-affinity-misconfig': 1 },
  source: differential,
};
const inputAll: FindingKind = {
  id: 'job.profile.input-everywhere',
  summary: 'all ranks of the node spend much of their time in loading data',
  role: 'symptom',
  weighs: { 'dataloader-stall': 2.2, 'shared-fs-problem': 1.2 },
  source: loading,
};
const storageHigh: FindingKind = {
  id: 'job.profile.storage-high',
  summary: 'a rank spends far more of its time in checkpoint files than the others of its node',
  role: 'symptom',
  weighs: { 'shared-fs-problem': 1.5, 'long-rank0-work-timeout': 1.5 },
  source: differential,
};
const busyHigh: FindingKind = {
  id: 'job.profile.other-high',
  summary: 'a rank spends far more of its time in code of the program than the others of its node',
  role: 'symptom',
  weighs: { 'user-code-error': 1, 'framework-bug': 1, 'uneven-data': 0.7, 'long-rank0-work-timeout': 0.7 },
  source: differential,
};
const waitsLess: FindingKind = {
  id: 'job.profile.waits-less',
  summary: 'a rank waits for collectives far less than the others of its node: it is the one that they wait for',
  role: 'symptom',
  weighs: { 'gpu-clock-throttle': 1.2, 'cpu-affinity-misconfig': 0.8, 'uneven-data': 0.7 },
  source: differential,
};
const pauses: FindingKind = {
  id: 'job.profile.pauses-high',
  summary: 'a rank spends far more of its time in compiling or collecting garbage than the others of its node',
  role: 'cause',
  ofProgram: true,
  // What one rank spends, all others wait for at the next collective: the loss is measured, not guessed at.
  weighs: { 'dataloader-stall': 5, 'user-code-error': 0.5, 'framework-bug': 0.5, 'long-rank0-work-timeout': 0.3 },
  source:
    'https://pytorch.org/docs/stable/torch.compiler_troubleshooting.html (recompilation), and differential flame graphs',
};
const pausesAll: FindingKind = {
  id: 'job.profile.pauses-everywhere',
  summary: 'all ranks of the node spend much of their time in compiling or collecting garbage while the job runs',
  role: 'cause',
  ofProgram: true,
  weighs: { 'dataloader-stall': 3, 'framework-bug': 0.7, 'user-code-error': 0.7 },
  source: 'https://pytorch.org/docs/stable/torch.compiler_troubleshooting.html (recompilation)',
};
const sleeps: FindingKind = {
  id: 'job.profile.sleeps',
  summary:
    'a rank sleeps much of the time, waiting for something that is neither its GPU nor a collective, the others do not',
  role: 'cause',
  weighs: { 'dataloader-stall': 2, 'shared-fs-problem': 0.7, 'framework-bug': 0.7, 'long-rank0-work-timeout': 0.3 },
  source: 'https://github.com/benfred/py-spy#how-do-i-detect-if-a-thread-is-idle-or-not (recorded with --idle)',
};
const like: FindingKind = {
  id: 'job.profile.alike',
  summary: 'the ranks of the node spend their time alike, and little of it in loading data',
  role: 'clean',
  weighs: { 'dataloader-stall': -1.8, 'uneven-data': -0.3 },
  source: differential,
};
const unlike = unlikeSiblings('job.profile', 'the share of time in one kind of work', { 'dataloader-stall': 0.5 });
const kinds = [
  inputHigh,
  inputAll,
  pauses,
  pausesAll,
  sleeps,
  storageHigh,
  busyHigh,
  waitsLess,
  like,
  unlike,
  ...trainerKinds,
];

// Longer than a step of most large jobs, so that every part of a step is in it; the node takes no longer one.
const args = z.object({ seconds: z.coerce.number().int().min(2).max(20).default(20) });

interface Rank extends Trainer {
  readonly samples: number;
  /** Share of the samples, 0 to 1. */
  readonly shares: Readonly<Record<Doing, number>>;
  /** The frame with most samples, and where it stands first. */
  readonly top: string;
  readonly topLine: number;
}
interface Reading {
  readonly trainers: number;
  readonly ranks: readonly Rank[];
  readonly unread: readonly UnreadTrainer[];
}

// py-spy takes 50 samples a second; ten of them are no profile.
const samplesMin = 20;
// With some hundred samples a share is known to about 0.03; a fifth of the time is far outside of that (binomial).
const shareApartMin = 0.2;
// NVIDIA's and PyTorch's guides ask for input that is hidden behind computation; a third of the time is not.
const inputShareMax = 0.33;

/** In which functions the ranks spend their time, all over the same seconds. */
export const jobProfile: Probe<z.infer<typeof args>, Reading> = {
  ...jobRead,
  id: 'job.profile',
  summary:
    'share of time that every rank spends in input, computation, collectives, checkpoints and the rest, compared across ranks',
  question: 'In which kind of work do the ranks spend their time, and does one of them differ?',
  aspect: 'performance',
  impact: 'light',
  costMs: 23_000,
  timeoutMs: 60_000,
  outputBytesMax: 4 * 1024 * 1024,
  quotes: true,
  args,
  argv: ({ seconds }) => ['sudo', '-n', 'wardround-job', 'profile', String(seconds)],
  allow: ['sudo -n wardround-job profile ([2-9]|1[0-9]|20)'],
  parse(output) {
    const blocks = jobBlocks(output);
    return {
      trainers: blocks.length,
      ranks: blocks.flatMap((block) => (block.problem === null ? [rankOf(block)] : [])),
      unread: unreadOf(blocks),
    };
  },
  outcomes: kinds,
  meaning(reading) {
    const ranks = reading.ranks.filter(({ samples }) => samples >= samplesMin);
    const seen = [...inputEverywhere(ranks), ...pausesEverywhere(ranks), ...ranks.flatMap((one) => apart(one, ranks))];
    if (seen.length === 0 && ranks.length < reading.ranks.length) {
      const idle = reading.ranks
        .filter((one) => !ranks.includes(one))
        .map((one) => ({ ...one, problem: 'hardly any samples' }));
      return orAllClean({ ...reading, unread: [...reading.unread, ...idle] }, seen, kinds, { kind: like.id, text: '' });
    }
    return orAllClean(reading, seen, kinds, {
      kind: like.id,
      text: `${ranks.length} ranks alike: ${shareText(ranks[0])}`,
    });
  },
  siblings: {
    kind: unlike,
    numbers: ({ ranks }) =>
      ranks.flatMap(({ shares, topLine }) =>
        (['input', 'storage', 'other'] as const).map((doing) => ({
          name: `${doing}-share`,
          value: shares[doing],
          unit: 'share',
          line: topLine,
        })),
      ),
    rules: ['input-share', 'storage-share', 'other-share'].map((name) => ({
      name,
      side: 'high',
      relative: 0.5,
      absolute: shareApartMin,
      source: 'error of a share of some hundred samples (binomial) is about 0.03',
    })),
  },
};

const none: Readonly<Record<Doing, number>> = {
  collective: 0,
  'gpu-wait': 0,
  input: 0,
  storage: 0,
  compile: 0,
  gc: 0,
  lock: 0,
  'library-wait': 0,
  compute: 0,
  other: 0,
};

function rankOf({ pid, rank, localRank, line, lines }: TrainerBlock): Rank {
  const counts: Record<Doing, number> = { ...none };
  const frames = new Map<string, { samples: number; line: number }>();
  let samples = 0;
  for (const { text, line: at } of lines) {
    const folded = foldedFrames(text);
    const place = folded === null ? null : placeOf(folded.frames);
    if (folded === null || place === null) throw new ProbeParseError(`line ${at}: not a folded stack`);
    counts[place.doing] += folded.samples;
    samples += folded.samples;
    const name = frameText(place.frame);
    const before = frames.get(name);
    frames.set(name, { samples: (before?.samples ?? 0) + folded.samples, line: before?.line ?? at });
  }
  const [top] = [...frames].toSorted(([, a], [, b]) => b.samples - a.samples);
  return {
    pid,
    rank,
    localRank,
    line,
    samples,
    shares: sharesOf(counts, samples),
    top: top?.[0] ?? 'nothing',
    topLine: top?.[1].line ?? line,
  };
}

function sharesOf(counts: Readonly<Record<Doing, number>>, samples: number): Readonly<Record<Doing, number>> {
  const share = (count: number) => (samples === 0 ? 0 : Number((count / samples).toFixed(3)));
  return {
    collective: share(counts.collective),
    'gpu-wait': share(counts['gpu-wait']),
    input: share(counts.input),
    storage: share(counts.storage),
    compile: share(counts.compile),
    gc: share(counts.gc),
    lock: share(counts.lock),
    'library-wait': share(counts['library-wait']),
    compute: share(counts.compute),
    other: share(counts.other),
  };
}

function inputEverywhere(ranks: readonly Rank[]): readonly ProbeFinding[] {
  const [first] = ranks;
  if (first === undefined || !ranks.every(({ shares }) => shares.input > inputShareMax)) return [];
  const least = Math.min(...ranks.map(({ shares }) => shares.input));
  return [
    {
      kind: inputAll.id,
      text: `${rankList(ranks.map(({ rank }) => rank))}: ${percent(least)} or more of the time in loading data`,
      line: first.topLine,
      values: { share: least, ranks: ranks.length },
    },
  ];
}

function pauseShare({ shares }: Rank): number {
  return shares.compile + shares.gc;
}

function pausesEverywhere(ranks: readonly Rank[]): readonly ProbeFinding[] {
  const [first] = ranks;
  const least = Math.min(...ranks.map(pauseShare));
  if (first === undefined || ranks.length < 2 || least <= shareApartMin) return [];
  return [
    {
      kind: pausesAll.id,
      text: `${rankList(ranks.map(({ rank }) => rank))}: ${percent(least)} or more of the time in compiling or collecting garbage; most in ${first.top}`,
      line: first.topLine,
      values: { share: least, ranks: ranks.length },
    },
  ];
}

/** The first of its shares that stands far from the others'; one difference makes the next. */
function apart(one: Rank, ranks: readonly Rank[]): readonly ProbeFinding[] {
  const others = ranks.filter((other) => other !== one);
  if (others.length < 2) return [];
  const tests: readonly (readonly [FindingKind, string, (rank: Rank) => number])[] = [
    [inputHigh, 'loading data', ({ shares }) => shares.input],
    [storageHigh, 'checkpoint files', ({ shares }) => shares.storage],
    [pauses, 'compiling or collecting garbage', pauseShare],
    [sleeps, 'waiting for a lock, a queue or a process', ({ shares }) => shares.lock + shares['library-wait']],
    [busyHigh, 'the program', ({ shares }) => shares.other],
    // How much it does not wait; the share that it works, for whatever reason.
    [waitsLess, 'work of its own', ({ shares }) => 1 - shares.collective - shares['gpu-wait']],
  ];
  for (const [kind, what, shareOf] of tests) {
    const usual = median(others.map(shareOf)) ?? 0;
    if (shareOf(one) - usual < shareApartMin) continue;
    return [
      {
        kind: kind.id,
        text: `rank ${one.rank} spends ${percent(shareOf(one))} of its time in ${what}, its siblings ${percent(usual)}; most in ${one.top}`,
        line: one.topLine,
        values: {
          ...rankValues(one),
          share: Number(shareOf(one).toFixed(3)),
          siblingsShare: Number(usual.toFixed(3)),
          frame: one.top,
        },
      },
    ];
  }
  return [];
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function shareText(rank: Rank | undefined): string {
  if (rank === undefined) return 'no samples';
  return Object.entries(rank.shares)
    .filter(([, share]) => share >= 0.05)
    .toSorted(([, a], [, b]) => b - a)
    .map(([doing, share]) => `${doing} ${percent(share)}`)
    .join(', ');
}
