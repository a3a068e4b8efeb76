import type { FindingKind } from '../schemas/finding-kind.ts';
import type { Probe, ProbeFinding } from '../schemas/probe.ts';
import {
  jobBlocks,
  orAllClean,
  rankList,
  rankValues,
  trainerKinds,
  unreadOf,
  type Trainer,
  type UnreadTrainer,
} from './job-blocks.ts';
import { jobCommand, jobRead, type NoArgs } from './job-read.ts';

const source = 'https://pytorch.org/docs/stable/elastic/run.html#usage';

const differ: FindingKind = {
  id: 'job.arguments.differ',
  summary: 'a rank was launched with other arguments than the other ranks of its node',
  role: 'cause',
  weighs: { 'launcher-rank-misconfig': 2.5, 'collective-mismatch': 1.8, 'user-code-error': 1, 'uneven-data': 0.5 },
  source,
};
const program: FindingKind = {
  id: 'job.arguments.program-differs',
  summary: 'a rank runs another program or interpreter than the other ranks of its node',
  role: 'cause',
  weighs: { 'launcher-rank-misconfig': 2.5, 'nccl-version-mismatch': 1.5, 'user-code-error': 1 },
  source,
};
const same: FindingKind = {
  id: 'job.arguments.alike',
  summary: 'all ranks of the node were launched with the same words',
  role: 'clean',
  weighs: { 'launcher-rank-misconfig': -0.7, 'collective-mismatch': -0.3 },
  source,
};
const kinds = [differ, program, same, ...trainerKinds];

interface Rank extends Trainer {
  readonly words: readonly string[];
}
interface Reading {
  readonly trainers: number;
  readonly ranks: readonly Rank[];
  readonly unread: readonly UnreadTrainer[];
}

const wordsMax = 1_000;

/** With which words every rank of the node was launched. */
export const jobArguments: Probe<NoArgs, Reading> = {
  ...jobRead,
  id: 'job.arguments',
  summary: 'the words of the command line of every rank, compared across ranks; secrets are not shown',
  question: 'With which program and options were the ranks launched, and were they all launched alike?',
  aspect: 'correctness',
  argv: jobCommand('args'),
  parse(output) {
    const blocks = jobBlocks(output);
    return {
      trainers: blocks.length,
      ranks: blocks
        .filter(({ problem }) => problem === null)
        .map(({ pid, rank, localRank, line, lines }) => ({
          pid,
          rank,
          localRank,
          line,
          words: lines.slice(0, wordsMax).map(({ text }) => text),
        })),
      unread: unreadOf(blocks),
    };
  },
  outcomes: kinds,
  meaning: (reading) =>
    orAllClean(reading, unlike(reading.ranks), kinds, {
      kind: same.id,
      text: `${reading.ranks.length} ranks run ${nameOf(reading.ranks[0]?.words)} with the same words`,
    }),
};

// Launchers before torchrun hand each rank its place as an option, so this one may differ.
// https://pytorch.org/docs/stable/distributed.html#launch-utility
const ownPattern = /^--?(local[-_]rank|node[-_]rank|rank)(=.*)?$/;

function comparable(words: readonly string[]): readonly string[] {
  return words.filter(
    (word, at) => !ownPattern.test(word) && !(/^\d+$/.test(word) && ownPattern.test(words[at - 1] ?? '')),
  );
}

function unlike(ranks: readonly Rank[]): readonly ProbeFinding[] {
  const groups = [...Map.groupBy(ranks, ({ words }) => comparable(words).join('\n')).values()];
  const [usual, ...others] = groups.toSorted((a, b) => b.length - a.length);
  const expected = comparable(usual?.[0]?.words ?? []);
  return others.flatMap((group): readonly ProbeFinding[] => {
    const [first] = group;
    if (first === undefined) return [];
    const words = comparable(first.words);
    const at = words.findIndex((word, index) => word !== expected[index]);
    const [word, instead] = [words[at < 0 ? expected.length : at], expected[at < 0 ? words.length : at]];
    const list = rankList(group.map(({ rank }) => rank));
    return [
      {
        kind: at >= 0 && at < scriptWordsMax && !(words[at] ?? '').startsWith('-') ? program.id : differ.id,
        text: `${list}: word ${at < 0 ? words.length + 1 : at + 1} is ${shown(word)}, on the other ranks ${shown(instead)}`,
        line: first.line,
        values: { ...rankValues(first), ranks: list, word: shown(word), siblingsWord: shown(instead) },
      },
    ];
  });
}

// `python -u train.py`: interpreter and program stand in the first words.
const scriptWordsMax = 3;
const wordCharsMax = 60;

function shown(word: string | undefined): string {
  if (word === undefined) return 'missing';
  return word.length <= wordCharsMax ? `"${word}"` : `"${word.slice(0, wordCharsMax)}…"`;
}

function nameOf(words: readonly string[] = []): string {
  const script = words.find((word) => word.endsWith('.py')) ?? words[0] ?? 'nothing';
  return script.split('/').at(-1)?.slice(0, wordCharsMax) ?? '';
}
