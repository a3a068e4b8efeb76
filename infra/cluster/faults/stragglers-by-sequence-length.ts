import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';

/** Packed samples are dealt out by their number, not by their tokens. */
export const stragglersBySequenceLength = defineFault({
  id: 'stragglers-by-sequence-length',
  summary: 'batches are uneven in tokens: one replica after the other has the longest sequences and all wait for it',
  categories: ['uneven-data'],
  place: 'job',
  onsets: [
    {
      shape: 'intermittent',
      periodMs: { min: 70_000, max: 150_000, unit: 'ms' },
      onShare: { min: 0.85, max: 0.94, unit: 'share' },
    },
  ],
  ranges: { factor: { min: 1.5, max: 3.5, unit: 'factor' } },
  heals: 'its owner dealing out batches by tokens',
  causes: ({ job }, { factor }) => [setFact('job.sequence-skew', job, factor)],
});
