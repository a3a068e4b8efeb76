import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe, type ProbeFinding } from '../schemas/probe.ts';
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
import { jobCommand, jobRead, type NoArgs } from './job-read.ts';
import {
  allInput,
  allStorage,
  allWait,
  dataEnded,
  inputAtTimes,
  oddPeer,
  otherCollective,
  rank0Elsewhere,
  stackKindOf,
  stackKinds,
  together,
} from './stack-kinds.ts';
import { frameText, processPlace, threadsOf, type Doing } from './stack-frames.ts';

const kinds = [...stackKinds, ...trainerKinds];

interface Rank extends Trainer {
  readonly doing: Doing;
  /** The frame that tells. */
  readonly frame: string;
  readonly frameLine: number;
  /** The whole stack of the thread in one text, to know it again. */
  readonly stack: string;
  /** Whether it stood in the same frames at both reads; `null` after one read. */
  readonly still: boolean | null;
}
export interface StacksReading {
  readonly trainers: number;
  readonly ranks: readonly Rank[];
  readonly unread: readonly UnreadTrainer[];
  /** The ranks at the first of two reads. */
  readonly before?: readonly Rank[];
}

/** In which function every rank stands. */
export const jobStacks: Probe<NoArgs, StacksReading> = {
  ...jobRead,
  id: 'job.stacks',
  summary: 'the Python stack of every rank, what it waits for or does, and which rank stands elsewhere than the others',
  question: 'Where do the ranks stand, and is one of them somewhere else than its siblings?',
  aspect: 'stability',
  // py-spy reads the memory of a running process without stopping it, at the cost of some of its cache.
  impact: 'light',
  costMs: 4_000,
  timeoutMs: 45_000,
  outputBytesMax: 4 * 1024 * 1024,
  quotes: true,
  argv: jobCommand('stacks'),
  parse(output) {
    const blocks = jobBlocks(output);
    return {
      trainers: blocks.length,
      ranks: blocks.flatMap((block) => (block.problem === null ? [rankOf(block)] : [])),
      unread: unreadOf(blocks),
    };
  },
  // Three steps of an ordinary job: who moves in between was only passing.
  again: {
    gapMs: 3_000,
    combine: (first, second) => ({
      ...second,
      ranks: second.ranks.map((one) => marked(one, first)),
      before: first.ranks,
    }),
  },
  outcomes: kinds,
  meaning(reading) {
    const odd = oddOnes(reading.ranks);
    const seen = [
      ...(odd.length > 0 ? odd : inputOnce(reading)),
      ...otherCalls(reading.ranks),
      ...everyone(reading.ranks),
    ];
    return orAllClean(reading, seen, kinds, {
      kind: together.id,
      text: `${reading.ranks.length} ranks: ${summaryOf(reading.ranks)}`,
    });
  },
};

const stackFramesMax = 12;
const stackCharsMax = 1_000;

function rankOf({ pid, rank, localRank, line, lines }: TrainerBlock): Rank {
  if (!lines.some(({ text }) => /^Python v(ersion )?\d/.test(text)))
    throw new ProbeParseError(`line ${line}: no stack of py-spy below`);
  const threads = threadsOf(lines);
  const place = processPlace(threads);
  if (place === null) throw new ProbeParseError(`line ${line}: py-spy shows no frame`);
  const main = threads.find(({ name }) => name === 'MainThread') ?? threads[0];
  return {
    pid,
    rank,
    localRank,
    line,
    doing: place.doing,
    frame: frameText(place.frame),
    frameLine: place.at,
    stack: (main?.frames ?? []).slice(0, stackFramesMax).map(frameText).join('\n').slice(0, stackCharsMax),
    still: null,
  };
}

function marked(one: Rank, first: StacksReading): Rank {
  const before = first.ranks.find(({ pid, rank }) => pid === one.pid && rank === one.rank);
  return before === undefined ? one : { ...one, still: before.stack === one.stack && before.frame === one.frame };
}

const waiting: readonly Doing[] = ['collective', 'gpu-wait'];
const waits = ({ doing }: Rank) => waiting.includes(doing);
// With fewer ranks, or when more than a quarter stand elsewhere, nobody is the odd one out (our judgement).
const ranksMin = 3;
const oddShareMax = 0.25;

function oddAmong(ranks: readonly Rank[]): readonly Rank[] {
  const odd = ranks.filter((one) => !waits(one));
  return ranks.length < ranksMin || odd.length > Math.max(1, ranks.length * oddShareMax) ? [] : odd;
}

/** A slow step goes on: who waited for its input at one read only is the one that the others waited for then. */
function inputOnce({ ranks, before = [] }: StacksReading): readonly ProbeFinding[] {
  const once = [...oddAmong(before), ...oddAmong(ranks)].filter(({ doing }) => doing === 'input');
  return once.slice(0, 1).map((one) => ({
    kind: inputAtTimes.id,
    text: `rank ${one.rank} was in ${one.frame} at one of two reads; the others waited`,
    ...(ranks.includes(one) ? { line: one.frameLine } : {}),
    values: { ...rankValues(one), doing: one.doing, frame: one.frame },
  }));
}

/** Most wait for a collective, and a few do something else: those are waited for. */
function oddOnes(ranks: readonly Rank[]): readonly ProbeFinding[] {
  const odd = oddAmong(ranks);
  return odd.flatMap((one) =>
    one.still === false
      ? []
      : [
          {
            kind: kindOf(one).id,
            text: `rank ${one.rank} is in ${one.frame}${stillText(one)}; ${ranks.length - odd.length} of ${ranks.length} ranks wait for it`,
            line: one.frameLine,
            values: { ...rankValues(one), doing: one.doing, frame: one.frame, still: stillWord(one) },
          },
        ],
  );
}

function kindOf({ rank, doing }: Rank): FindingKind {
  return rank === 0 && doing === 'other' ? rank0Elsewhere : stackKindOf[doing];
}

// What data iterators and the code around them are called: Python's protocol, and the names of frameworks.
const inputFunction =
  /^(?:__next__|__iter__|next|get_batch\w*|next_batch|fetch_batch|get_data|\w*(?:finish|end|next|new|reset)_epoch|\w*data_?(?:loader|iterator)\w*|\w*sampler\w*) /;

/** All wait, but one of them in another call than all the others. */
function otherCalls(ranks: readonly Rank[]): readonly ProbeFinding[] {
  if (ranks.length < ranksMin || !ranks.every(waits)) return [];
  const groups = [...Map.groupBy(ranks, ({ stack }) => stack).values()].toSorted((a, b) => b.length - a.length);
  const [usual, other, ...more] = groups;
  const [one] = other ?? [];
  if (usual?.[0] === undefined || one === undefined || other?.length !== 1 || more.length > 0 || one.still === false)
    return [];
  // The same call, reached another way, is no other collective.
  if (collectiveOf(one) === collectiveOf(usual[0]) && one.frame === usual[0].frame) return [];
  const ofInput = one.stack.split('\n').some((frame) => inputFunction.test(frame));
  const usualOfInput = usual[0].stack.split('\n').some((frame) => inputFunction.test(frame));
  return [
    {
      kind: isMessage(one) ? oddPeer.id : ofInput && !usualOfInput ? dataEnded.id : otherCollective.id,
      text: `rank ${one.rank} waits in ${one.frame}${stillText(one)}, the others of its node in ${usual[0].frame}`,
      line: one.frameLine,
      values: { ...rankValues(one), frame: one.frame, siblingsFrame: usual[0].frame, still: stillWord(one) },
    },
  ];
}

/** The innermost frame of the library of collectives. */
function collectiveOf({ stack, frame }: Rank): string {
  return stack.split('\n').find((one) => /torch\/distributed\/|deepspeed\/comm\//.test(one)) ?? frame;
}

function isMessage({ frame }: Rank): boolean {
  return /^(?:wait|i?send|i?recv|batch_isend_irecv|_communicate|\w*_(?:forward|backward)_\w*recv\w*) /.test(frame);
}

/** All do the same: who is waited for stands on another node, or it is the storage that all wait for. */
function everyone(ranks: readonly Rank[]): readonly ProbeFinding[] {
  const [first] = ranks;
  // One read finds a job at its ordinary work in such places; after two, all of them stand still.
  if (first === undefined || !ranks.every(({ still }) => still === true)) return [];
  const kind = ranks.every(waits) ? allWait : allOf(ranks);
  if (kind === null) return [];
  return [
    {
      kind: kind.id,
      text: `all ${ranks.length} ranks stand still: ${summaryOf(ranks)}`.slice(0, 280),
      line: first.frameLine,
      values: { ranks: rankList(ranks.map(({ rank }) => rank)), frame: first.frame },
    },
  ];
}

function allOf(ranks: readonly Rank[]): FindingKind | null {
  if (ranks.every(({ doing }) => doing === 'input')) return allInput;
  return ranks.every(({ doing }) => doing === 'storage') ? allStorage : null;
}

function stillText({ still }: Rank): string {
  return still === true ? ' and stays there' : '';
}

function stillWord({ still }: Rank): string {
  if (still === null) return 'read once';
  return still ? 'yes' : 'no';
}

const placesShownMax = 3;

function summaryOf(ranks: readonly Rank[]): string {
  return [...Map.groupBy(ranks, ({ frame }) => frame)]
    .toSorted(([, a], [, b]) => b.length - a.length)
    .slice(0, placesShownMax)
    .map(([frame, ones]) => `${ones.length} in ${frame.slice(0, 70)}`)
    .join(', ');
}
