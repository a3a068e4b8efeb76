import { clearFact, setFact } from '../state/facts/set-fact.ts';
import { defineFault, restartEnded } from './fault.ts';
import { memberOfLargestJob } from './launched.ts';

/** The rack is moved, and nobody waited for the job. */
export const nodeTakenOut = defineFault({
  id: 'node-taken-out',
  summary: 'an administrator sets a node DOWN while a job runs on it',
  categories: ['scheduler-action'],
  place: 'node',
  heals: 'resuming the node when its work is done; the job may go on without it',
  draw: memberOfLargestJob,
  causes: ({ node, place }) => [
    { kind: 'node-drain', node, reason: 'moved to row 4' },
    setFact('scheduler.node-down', place, 'moved to row 4'),
  ],
  undo: ({ target: { node } }, world) => [
    { kind: 'node-resume', node },
    clearFact('scheduler.node-down', node),
    ...restartEnded(world),
  ],
});
