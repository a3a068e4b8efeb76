import { clearFact, setFact } from '../state/facts/set-fact.ts';
import { defineFault, restartEnded } from './fault.ts';
import { memberOfLargestJob } from './launched.ts';

const reasons = ['moved to row 4', 'firmware update', 'needed for acceptance tests'] as const;

/** The rack is moved, and nobody waited for the job. */
export const nodeTakenOut = defineFault({
  id: 'node-taken-out',
  summary: 'an administrator sets a node DOWN while a job runs on it',
  categories: ['scheduler-action'],
  place: 'node',
  ranges: { reason: { min: 0, max: reasons.length - 1, unit: 'index', integer: true, clear: 0 } },
  heals: 'resuming the node when its work is done; the job may go on without it',
  draw: memberOfLargestJob,
  causes: ({ node, place }, drawn) => {
    const reason = reasons[drawn.reason] ?? reasons[0];
    return [{ kind: 'node-drain', node, reason }, setFact('scheduler.node-down', place, reason)];
  },
  undo: ({ target: { node } }, world) => [
    { kind: 'node-resume', node },
    clearFact('scheduler.node-down', node),
    ...restartEnded(world),
  ],
});
