import type { Action } from '../state/actions.ts';
import { jobOfNode, viewOf, type World } from '../world.ts';
import { createTimeline, type Timeline } from './timeline.ts';

/** The timelines of all jobs, which share every action; the first one looks after spare nodes too. */
export interface ClusterTimelines {
  readonly first: Timeline;
  readonly all: readonly Timeline[];
  append(action: Action): void;
}

export function createTimelines(world: World, recorded: readonly Action[]): ClusterTimelines {
  const all: Timeline[] = [];
  const byNode = new Map<number, Timeline>();
  const of: Timeline['of'] = (node) => byNode.get(node.index) ?? first();
  const first = () => {
    const [one] = all;
    if (one === undefined) throw new Error('a cluster has at least one timeline');
    return one;
  };
  const jobs = world.jobs.length === 0 ? [world.job] : world.jobs;
  for (const job of jobs) all.push(createTimeline(viewOf(world, job), recorded, { all, of }));
  for (const node of world.nodes) {
    const timeline = all[jobs.findIndex((job) => job === jobOfNode(world, node.index))];
    if (timeline !== undefined) byNode.set(node.index, timeline);
  }
  return {
    first: first(),
    all,
    append(action) {
      for (const timeline of all) timeline.append(action);
    },
  };
}
