import type { SequenceDetector } from '../../schemas/sequence-detector.ts';
import { numberIn } from './progress-track.ts';
import { placeOfLine, sequenceFinding, type LinePlace } from './sequence-finding.ts';

const source = 'https://horovod.readthedocs.io/en/stable/api.html#horovod.torch.join';

/** Ranks go through an epoch together. What one of them tells at its end all tell, and the same, where their shares are even. */
export const epochsCompared: SequenceDetector<Told> = {
  id: 'epochs-compared',
  kinds: [
    {
      id: 'data.rank.totals-differ',
      summary: 'ranks tell different numbers of batches at the end of their epochs',
      role: 'cause',
      weighs: { 'uneven-data': 4.4, 'collective-mismatch': 0.6 },
      source,
    },
    {
      id: 'data.rank.ended-epoch-first',
      summary: 'a rank came to the end of its epoch, and the first rank, which began it as well, did not',
      role: 'cause',
      // The others may have been a moment behind when something else ended them.
      weighs: { 'uneven-data': 3, 'collective-mismatch': 0.6 },
      source,
    },
  ],
  listens: ['job.epoch.begun', 'data.batches.total-told'],
  follow() {
    const begun = new Set<number>();
    const ended = new Map<number, { readonly total: number; readonly place: LinePlace }>();
    return {
      note(line, { kind, values }) {
        const { rank } = line;
        if (rank === undefined || begun.size + ended.size > ranksMax) return;
        if (kind === 'job.epoch.begun') {
          begun.add(rank);
          // Totals are compared within one epoch.
          ended.delete(rank);
        } else if (begun.has(rank))
          ended.set(rank, { total: numberIn(values, 'total') ?? 0, place: placeOfLine(line) });
      },
      summary: () =>
        ended.size === 0 && begun.size === 0
          ? null
          : { begun: [...begun], ended: [...ended].map(([rank, told]) => ({ rank, ...told })) },
    };
  },
  conclude(sources) {
    const begun = new Set(sources.flatMap(({ summary }) => summary.begun));
    const ended = sources.flatMap(({ summary }) => summary.ended);
    const [first] = ended;
    if (first === undefined) return [];
    const other = ended.find(({ total }) => total !== first.total);
    if (other !== undefined) return [sequenceFinding('data.rank.totals-differ', 'cause', other.place)];
    // What the first rank alone tells, it tells for all; what another tells and the first does not is its own.
    const missing = begun.has(0) && !ended.some(({ rank }) => rank === 0);
    return missing ? [sequenceFinding('data.rank.ended-epoch-first', 'cause', first.place)] : [];
  },
};

interface Told {
  readonly begun: readonly number[];
  readonly ended: readonly { readonly rank: number; readonly total: number; readonly place: LinePlace }[];
}

const ranksMax = 512;
