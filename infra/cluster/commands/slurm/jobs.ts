import type { WorldNode } from '../../world.ts';
import type { CommandContext } from '../command.ts';

/** The same command about each job of the cluster, the largest first; Slurm's tools see all of them. */
export function eachJob(context: CommandContext): readonly CommandContext[] {
  return context.timeline.all
    .filter(({ world }) => world.jobs.includes(world.job))
    .map((timeline) => ({ ...context, timeline, world: timeline.world }));
}

/** About the job of this id; undefined when there is none. */
export function aboutJob(context: CommandContext, id: string): CommandContext | undefined {
  return eachJob(context).find(({ world }) => String(world.job.slurmId) === id);
}

/** About the job that a node belongs to. */
export function aboutNode(context: CommandContext, node: WorldNode): CommandContext {
  const timeline = context.timeline.of(node);
  return { ...context, timeline, world: timeline.world };
}

/** What a change of a job names it by: the first needs no name. */
export function jobOption({ world }: CommandContext): { readonly job?: string } {
  return world.job === world.jobs[0] ? {} : { job: world.job.name };
}
