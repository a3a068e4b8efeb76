import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { jobOf, resubmitted, undoneAndResubmitted } from './resubmitted.ts';
import { memberOfLargestJob } from './launched.ts';

/**
 * chronyd failed weeks ago and nobody saw it; no two quartzes are off to the same side. MUNGE rejects what is more than its
 * time to live of 300 s away: as rewound where the node is behind, as expired where it is ahead.
 */
export const clockDrift = defineFault({
  id: 'clock-drift',
  summary: 'the clock of one node is minutes off, so that credentials of its tasks are rejected',
  categories: ['permission-misconfig'],
  place: 'node',
  ranges: {
    offsetS: { min: 310, max: 1_400, unit: 's', integer: true },
    ahead: { min: 0, max: 1, unit: 'flag', integer: true, clear: 0 },
  },
  heals:
    'starting chronyd again, which steps the clock, or a reboot, and a requeue; a requeue without the node contains it',
  draw: memberOfLargestJob,
  causes: (target, { offsetS, ahead }, { world }) => [
    setFact('host.service', target.place, 'failed', { key: 'chronyd' }),
    setFact('host.clock-offset-ms', target.place, (ahead === 1 ? 1_000 : -1_000) * offsetS),
    resubmitted(world, jobOf(world, target)),
  ],
  undo: undoneAndResubmitted,
  present: (settings, { target: { node } }) => settings.facts.get('host.clock-offset-ms')?.has(node) === true,
});
