import type { SequenceDetector } from '../../schemas/sequence-detector.ts';
import { placeOfLine, sequenceFinding, type LinePlace } from './sequence-finding.ts';

/** Processes that were started together and each say that they are alone: many jobs of one instead of one job of many. */
export const loneProcesses: SequenceDetector<Alone> = {
  id: 'lone-processes',
  kinds: [
    {
      id: 'launcher.rank.each-alone',
      summary: 'several processes start at once, and each takes itself for the only one of the job',
      role: 'cause',
      weighs: { 'launcher-rank-misconfig': 4.6, 'user-code-error': 0.6 },
      source: 'https://github.com/open-mpi/ompi/issues/13523',
    },
  ],
  listens: [
    'launcher.process.alone',
    'nccl-tests.run.begun',
    'nccl-tests.rank.first',
    'nccl-tests.run.ended',
    'launcher.command.of-several',
  ],
  follow() {
    let lastAlone: number | null = null;
    let lastHead: number | null = null;
    let firstRank: string | null = null;
    let launched = false;
    let alone: LinePlace | null = null;
    return {
      note(line, { kind, node, values }) {
        if (kind === 'launcher.process.alone') {
          if (lastAlone !== null && line.line - lastAlone <= announcedGapMax) alone ??= placeOfLine(line);
          lastAlone = line.line;
          return;
        }
        // A program that is run again on purpose begins anew.
        if (kind === 'launcher.command.of-several' || kind === 'nccl-tests.run.ended') {
          launched ||= kind === 'launcher.command.of-several';
          lastHead = null;
          firstRank = null;
          return;
        }
        // A test of each node by itself prints many heads as well: the launch of several has to be seen before them.
        if (!launched) return;
        if (kind === 'nccl-tests.run.begun') {
          if (lastHead !== null && line.line - lastHead <= headGapMax) alone ??= placeOfLine(line);
          lastHead = line.line;
          return;
        }
        const process = `${node ?? ''} ${String(values?.['pid'] ?? '')}`;
        if (firstRank !== null && firstRank !== process) alone ??= placeOfLine(line);
        firstRank = process;
      },
      summary: () => (alone === null ? null : { alone }),
    };
  },
  conclude(sources) {
    const found = sources.map(({ summary }) => summary.alone)[0];
    if (found === undefined) return [];
    const { rank: _rank, ...cited } = found;
    return [sequenceFinding('launcher.rank.each-alone', 'cause', cited)];
  },
};

interface Alone {
  readonly alone: LinePlace;
}

// Processes that announce themselves do so one after the other.
const announcedGapMax = 2;
// The head of a benchmark may be followed by two lines before the next process prints its own.
const headGapMax = 4;
