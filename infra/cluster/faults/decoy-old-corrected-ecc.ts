import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';

/** Corrected single-bit errors of a board's first months: the count of its life stands, that since the last start is zero. */
export const decoyOldCorrectedEcc = defineFault({
  id: 'decoy-old-corrected-ecc',
  kind: 'decoy',
  summary: 'one GPU has corrected many memory errors in its life, and none for months',
  categories: [],
  place: 'gpu',
  ranges: { errors: { min: 40, max: 2_600, unit: 'errors', integer: true } },
  heals: 'nothing is wrong; NVIDIA replaces no board for corrected errors',
  causes: ({ place }, { errors }) => [setFact('gpu.past-corrected', place, errors)],
});
