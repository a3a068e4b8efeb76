import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';

/** A complete checkpoint to the shared file system, for keeping: it takes minutes where the usual ones take seconds. */
export const decoySlowCheckpoint = defineFault({
  id: 'decoy-slow-checkpoint',
  kind: 'decoy',
  summary: 'a job waits some minutes for a complete checkpoint, longer than for the usual ones, and goes on',
  categories: [],
  place: 'job',
  onsets: [{ shape: 'passing', lengthMs: { min: 110_000, max: 380_000, unit: 'ms' } }],
  heals: 'nothing is wrong; it ends by itself',
  causes: ({ place }) => [setFact('job.saves-all', place, true)],
});
