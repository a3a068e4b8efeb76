import type { Change } from '../state/actions.ts';
import { jobOfNode, type World, findNode } from '../world.ts';
import { undone, type Injection } from './fault.ts';

/** The job of a node, or the first one. */
export function jobOf(
  world: World,
  { node, job }: { readonly node: string; readonly job?: string | undefined },
): string {
  const index = findNode(world, node)?.index;
  const named = job ?? (index === undefined ? undefined : jobOfNode(world, index)?.name);
  return named ?? world.job.name;
}

/** Its owner submits a job again: it starts with what stands in the launch script, the image and the files now. */
export function resubmitted(world: World, job: string): Change {
  return { kind: 'job-requeue', hold: false, ...(job !== world.jobs[0]?.name && { job }) };
}

/** Mends what was set, and starts the job again: a running attempt keeps what it read when it was launched. */
export function undoneAndResubmitted(injection: Injection, world: World): readonly Change[] {
  const requeues = injection.changes.filter((change) => change.kind === 'job-requeue');
  return [...undone(injection, world).filter((change) => change.kind !== 'job-requeue'), ...requeues];
}
