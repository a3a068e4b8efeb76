import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { jobOf, resubmitted, undoneAndResubmitted } from './resubmitted.ts';
import { memberOfLargestJob } from './launched.ts';

/** chronyd failed weeks ago and nobody saw it. */
export const clockDrift = defineFault({
  id: 'clock-drift',
  summary: 'the clock of one node is minutes off, so that credentials of its tasks are rejected',
  categories: ['permission-misconfig'],
  place: 'node',
  ranges: { offsetS: { min: 310, max: 1_400, unit: 's', integer: true } },
  heals:
    'starting chronyd again, which steps the clock, or a reboot, and a requeue; a requeue without the node contains it',
  draw: memberOfLargestJob,
  causes: (target, { offsetS }, { world }) => [
    setFact('host.service', target.place, 'failed', { key: 'chronyd' }),
    setFact('host.clock-offset-ms', target.place, -1_000 * offsetS),
    resubmitted(world, jobOf(world, target)),
  ],
  undo: undoneAndResubmitted,
  present: (settings, { target: { node } }) => settings.facts.get('host.clock-offset-ms')?.has(node) === true,
});
