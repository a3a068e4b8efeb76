import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';

/** New releases of libraries in the image of a job: each of its ranks repeats warnings that mean nothing. */
export const decoyLogNoise = defineFault({
  id: 'decoy-log-noise',
  kind: 'decoy',
  summary: 'the logs of a job are full of warnings of NCCL and of Python libraries that mean nothing',
  categories: [],
  place: 'job',
  ranges: { lines: { min: 1, max: 6, unit: 'lines/min', integer: true } },
  heals: 'nothing is wrong; other releases warn of other things',
  causes: ({ place }, { lines }) => [setFact('job.log-noise', place, lines)],
});
