import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { memberOfLargestJob } from './launched.ts';
import { inStretches } from './rhythms.ts';

/** An index server that was started for a test takes what memory is left, on a node that was installed with a swap file. */
export const swapThrash = defineFault({
  id: 'swap-thrash',
  summary: 'a process beside the job fills the memory of one node, and its pages go to swap and back',
  categories: ['host-oom'],
  place: 'node',
  onsets: [inStretches, { shape: 'sudden' }, { shape: 'creeping', rampMs: { min: 180_000, max: 600_000, unit: 'ms' } }],
  ranges: { mibS: { min: 150, max: 900, unit: 'MiB/s', integer: true } },
  heals: 'ending the process (its owner, or `wardround-fix kill`), or a reboot',
  draw: memberOfLargestJob,
  causes: ({ place }, { mibS }) => [setFact('host.swap-mib-per-second', place, mibS)],
});
