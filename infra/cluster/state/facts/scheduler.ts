import type { FactKind } from './kind.ts';

/** What the scheduler, its users and its administrators do to jobs and nodes on purpose. */
export const schedulerFacts = [
  {
    name: 'scheduler.time-limit-minutes',
    place: 'job',
    healthy: 0,
    unit: 'min',
    summary: 'time limit of the job; 0 is unlimited',
    clearedBy: [],
  },
  {
    name: 'scheduler.preempted-by',
    place: 'job',
    healthy: 0,
    unit: 'job id',
    summary: 'a job of a higher priority that took its nodes',
    clearedBy: ['job-restart'],
  },
  {
    name: 'scheduler.cancelled-by',
    place: 'job',
    healthy: '',
    summary: 'who ran scancel on it',
    clearedBy: ['job-restart'],
  },
  {
    name: 'scheduler.node-down',
    place: 'node',
    healthy: '',
    summary: 'the reason for which an administrator set the node DOWN',
    clearedBy: [],
  },
] as const satisfies readonly FactKind[];
