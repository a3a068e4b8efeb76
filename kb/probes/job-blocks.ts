import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type ProbeFinding, type ProbeOutput } from '../schemas/probe.ts';
import { orClean } from './clean.ts';
import { requireTool, ToolMissingError } from './missing-tool.ts';
import type { NumberedLine } from './text-table.ts';

/*
 * The output of `wardround-job` (infra/gate/README.md): a header and a text for each trainer, and a last line that
 * says how many there were. Nothing of a trainer's own can begin like one of these lines.
 */

/** One trainer, a process that has a rank. */
export interface Trainer {
  readonly pid: number;
  readonly rank: number;
  /** `null` where its launcher sets none. */
  readonly localRank: number | null;
  /** Line of its header. */
  readonly line: number;
}

export interface TrainerBlock extends Trainer {
  readonly lines: readonly NumberedLine[];
  /** Why it was not read, or not wholly: `gone`, or a reason in words. */
  readonly problem: string | null;
}

/** What a reading keeps of trainers that were not read. */
export interface UnreadTrainer extends Trainer {
  readonly problem: string;
}

const tool = 'wardround-job';
// More trainers than any node has GPUs; the script stops there too.
const trainersMax = 64;
const problemCharsMax = 160;

/** Throws `ProbeParseError` when the last line is missing: the output was cut, and what is not there says nothing. */
export function jobBlocks(output: ProbeOutput): readonly TrainerBlock[] {
  const { rows, counted } = wholeOutput(output);
  const blocks: TrainerBlock[] = [];
  for (const { text, line } of rows) {
    if (text.startsWith('== ')) blocks.push({ ...headerOf(text, line), lines: [], problem: null });
    else {
      const last = blocks.pop();
      if (last === undefined) throw new ProbeParseError(`line ${line}: text before the first trainer`);
      blocks.push(withLine(last, text, line));
    }
  }
  if (blocks.length !== counted)
    throw new ProbeParseError(`${blocks.length} trainers are shown, the last line counts ${counted}`);
  const missing = blocks.find(({ problem }) => problem?.startsWith('missing: '))?.problem;
  // Without the tool no trainer was read, which is no evidence of anything.
  if (missing !== undefined && missing !== null && blocks.every(({ lines }) => lines.length === 0))
    throw new ToolMissingError(`${missing.slice('missing: '.length)} on the node`);
  return blocks;
}

interface Counted {
  /** The word in the last line. */
  readonly what: string;
  readonly max: number;
}
const countedTrainers: Counted = { what: 'trainers', max: trainersMax };

/** All lines but the last, and what the last one counts. */
export function wholeOutput(
  output: ProbeOutput,
  { what, max }: Counted = countedTrainers,
): {
  readonly rows: readonly NumberedLine[];
  readonly counted: number;
} {
  requireTool(output, tool);
  if (output.exitCode !== 0)
    throw new ProbeParseError(
      `${tool} ended with ${output.exitCode ?? 'no exit code'}: "${output.stderr.trim().slice(0, 120)}"`,
    );
  const rows = output.stdout
    .split('\n')
    .map((text, index) => ({ text: text.trimEnd(), line: index + 1 }))
    .filter(({ text }) => text !== '');
  const last = /^== end ([a-z]{1,16})=(\d{1,4})$/.exec(rows.at(-1)?.text ?? '');
  if (last?.[1] !== what)
    throw new ProbeParseError(`the last line, which counts the ${what}, is missing: the output was cut`);
  const counted = Number(last[2]);
  if (counted > max) throw new ProbeParseError(`${counted} ${what}, at most ${max} are possible`);
  return { rows: rows.slice(0, -1), counted };
}

function headerOf(text: string, line: number): Trainer {
  const match = /^== pid=(\d{1,10}) rank=(\d{1,7}) local_rank=(-|\d{1,7})$/.exec(text);
  if (match === null) throw new ProbeParseError(`line ${line}: neither the header of a trainer nor the end`);
  const [, pid, rank, local] = match;
  return { pid: Number(pid), rank: Number(rank), localRank: local === '-' ? null : Number(local), line };
}

function withLine(block: TrainerBlock, text: string, line: number): TrainerBlock {
  if (text.startsWith('!! ')) return { ...block, problem: block.problem ?? text.slice(3, 3 + problemCharsMax) };
  return { ...block, lines: [...block.lines, { text, line }] };
}

/** Every trainer that could be read, and what kept the others from it. */
export function readRanks<Rank>(output: ProbeOutput, rankOf: (block: TrainerBlock) => Rank): RanksRead<Rank> {
  const blocks = jobBlocks(output);
  return {
    trainers: blocks.length,
    ranks: blocks.filter(({ problem }) => problem === null).map(rankOf),
    unread: unreadOf(blocks),
  };
}

interface RanksRead<Rank> {
  readonly trainers: number;
  readonly ranks: readonly Rank[];
  readonly unread: readonly UnreadTrainer[];
}

export function unreadOf(blocks: readonly TrainerBlock[]): readonly UnreadTrainer[] {
  return blocks.flatMap(({ pid, rank, localRank, line, problem }) =>
    problem === null ? [] : [{ pid, rank, localRank, line, problem }],
  );
}

const format = 'infra/gate/README.md, section "Jobs"';

export const noTrainers: FindingKind = {
  id: 'job.trainers.none',
  summary: 'no process of the node has a rank',
  role: 'context',
  weighs: {},
  source: format,
};
export const trainerUnread: FindingKind = {
  id: 'job.trainer.unread',
  summary: 'a rank of the node could not be read, or went away meanwhile',
  role: 'context',
  weighs: {},
  source: format,
};
/** Kinds that every probe over trainers has. */
export const trainerKinds = [noTrainers, trainerUnread];

interface TrainersRead {
  readonly trainers: number;
  readonly unread: readonly UnreadTrainer[];
}

/** Adds the clean finding only where every trainer was read and there was one; a rank that was not read may be the one. */
export function orAllClean(
  { trainers, unread }: TrainersRead,
  seen: readonly ProbeFinding[],
  kinds: readonly FindingKind[],
  clean: ProbeFinding,
): readonly ProbeFinding[] {
  if (trainers === 0) return [{ kind: noTrainers.id, text: 'no process of the node has RANK and WORLD_SIZE' }];
  const [first] = unread;
  if (first === undefined) return orClean(seen, kinds, clean);
  const ranks = unread.map(({ rank }) => rank);
  return [
    ...seen,
    {
      kind: trainerUnread.id,
      text: `${rankList(ranks)} could not be read whole: ${first.problem}`,
      line: first.line,
      values: { ranks: rankList(ranks), problem: first.problem },
    },
  ];
}

const ranksShownMax = 8;

/** `rank 3`, `ranks 3, 5`, or `9 ranks from 0`. */
export function rankList(ranks: readonly number[]): string {
  if (ranks.length === 1) return `rank ${ranks[0] ?? ''}`;
  if (ranks.length > ranksShownMax) return `${ranks.length} ranks from ${Math.min(...ranks)}`;
  return `ranks ${ranks.join(', ')}`;
}

/** What a finding about one rank says of it. */
export function rankValues({ pid, rank, localRank }: Trainer): Readonly<Record<string, number>> {
  return { pid, rank, ...(localRank === null ? {} : { localRank }) };
}
