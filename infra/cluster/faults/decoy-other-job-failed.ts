import { integer } from '../noise.ts';
import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { drawSpare, rejectBusy } from './spare.ts';

const states = ['FAILED', 'TIMEOUT', 'OUT_OF_MEMORY'] as const;

/** A short job of another team, on a node of its own, fails by its own mistake. */
export const decoyOtherJobFailed = defineFault({
  id: 'decoy-other-job-failed',
  kind: 'decoy',
  summary: 'a short job of another team has failed on a spare node; it has nothing to do with any other job',
  categories: [],
  place: 'node',
  heals: 'nothing is wrong; its user mends the program',
  draw: drawSpare,
  reject: rejectBusy,
  causes: ({ place }, _drawn, { seed }) => [
    setFact('scheduler.debug-job', place, states[integer(seed, states.length, 'debug-job', place)] ?? 'FAILED'),
  ],
});
