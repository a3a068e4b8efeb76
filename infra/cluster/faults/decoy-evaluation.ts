import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';

/** An evaluation that the user starts by hand; its time stays below that of the watchdogs. */
export const decoyEvaluation = defineFault({
  id: 'decoy-evaluation',
  kind: 'decoy',
  summary: 'the first rank of a job evaluates the model for some minutes, and the job goes on afterwards',
  categories: [],
  place: 'job',
  onsets: [{ shape: 'passing', lengthMs: { min: 150_000, max: 440_000, unit: 'ms' } }],
  heals: 'nothing is wrong; it ends by itself',
  causes: ({ place }) => [setFact('job.evaluates', place, true)],
});
