import type { LogLine, Match } from '../../schemas/detector.ts';
import type { SequenceDetector } from '../../schemas/sequence-detector.ts';
import { numberIn, withoutUndefined } from './progress-track.ts';
import { placeOfLine, sequenceFinding, type LinePlace } from './sequence-finding.ts';

/** Reads which rank torchrun's summary calls the first that failed: several lines tell it together. */
export const firstFailed: SequenceDetector<Failure> = {
  id: 'first-failed',
  kinds: [
    {
      id: 'torch.elastic.first-failed',
      summary: 'the launcher names the rank that failed first',
      role: 'symptom',
      weighs: {},
      source:
        'https://github.com/pytorch/pytorch/blob/main/torch/distributed/elastic/multiprocessing/errors/__init__.py',
    },
  ],
  listens: [
    'torch.elastic.summary',
    'torch.elastic.failed-host',
    'torch.elastic.failed-rank',
    'torch.elastic.aborted',
    'torch.elastic.exit-sigkill',
    'torch.elastic.exit-sigbus',
    'torch.elastic.exit-sigsegv',
    'torch.elastic.sigterm',
  ],
  follow() {
    let block: LogLine | null = null;
    let failure: Partial<Failure> = {};
    return {
      note(line, match) {
        // An agent that restarts its workers prints a summary each time: the first tells of the first failure.
        if (failure.rank !== undefined && (block === null || line.line - block.line > blockLinesMax)) return;
        if (line.text.includes('Root Cause (first observed failure)')) block = line;
        else if (block !== null && line.line - block.line <= blockLinesMax)
          failure = { ...failure, ...told(line, match) };
      },
      summary() {
        const { rank, place, node, exitCode } = failure;
        return rank === undefined || place === undefined
          ? null
          : { rank, place, ...withoutUndefined({ node, exitCode }) };
      },
    };
  },
  conclude(sources) {
    // Every node's agent prints one; the one whose failure is told to be the earliest is right.
    const first = sources
      .map(({ summary }) => summary)
      .toSorted((a, b) => (a.place.atMs ?? Number.MAX_VALUE) - (b.place.atMs ?? Number.MAX_VALUE))[0];
    if (first === undefined) return [];
    const { rank, node, exitCode, place } = first;
    const values = withoutUndefined({ exitCode });
    return [
      sequenceFinding('torch.elastic.first-failed', 'symptom', {
        ...place,
        rank,
        ...withoutUndefined({ node }),
        values,
      }),
    ];
  },
};

interface Failure {
  readonly rank: number;
  readonly node?: string;
  readonly exitCode?: number;
  readonly place: LinePlace;
}

// time, host, rank, exitcode, error_file and traceback, which may hold a short traceback of its own.
const blockLinesMax = 12;

function told(line: LogLine, { kind, rank, node, values }: Match): Partial<Failure> {
  if (kind === 'torch.elastic.failed-host' && node !== undefined) return { node };
  if (kind === 'torch.elastic.failed-rank' && rank !== undefined) return { rank, place: placeOfLine(line) };
  const exitCode = numberIn(values, 'exitCode') ?? exitCodeIn(line.text);
  return exitCode === undefined ? {} : { exitCode };
}

function exitCodeIn(text: string): number | undefined {
  const code = /exitcode\s{0,4}: (-?\d{1,4})\b/.exec(text)?.[1];
  return code === undefined ? undefined : Number(code);
}
