import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';

/** Its user starts the job again with a new image: caches of data and of compiled kernels are empty. */
export const decoyWarmUp = defineFault({
  id: 'decoy-warm-up',
  kind: 'decoy',
  summary: 'a job was started again by its user; its first minutes are slower until all caches are warm',
  categories: [],
  place: 'job',
  onsets: [{ shape: 'passing', lengthMs: { min: 260_000, max: 540_000, unit: 'ms' } }],
  ranges: { extra: { min: 4_500, max: 9_500, unit: 'ms' } },
  heals: 'nothing is wrong; it ends by itself',
  causes: ({ place, job }, { extra }, { world }) => [
    { kind: 'job-requeue', hold: false, ...(job !== world.jobs[0]?.name && { job }) },
    setFact('job.warm-up-ms', place, extra),
  ],
});
