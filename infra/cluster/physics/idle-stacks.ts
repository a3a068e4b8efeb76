import { factAt } from '../state/facts/fact-at.ts';
import type { WorldNode } from '../world.ts';
import { collectingRank } from './gc-pauses.ts';
import type { StackName } from './rank-stacks.ts';
import type { Timeline } from './timeline.ts';

/** Where a rank is while it has no kernel on its GPU: without data, unless something else is known to hold it up. */
export function idleStack(timeline: Timeline, node: WorldNode, gpu: number, ms: number): StackName {
  const { world } = timeline;
  const { settings, phase } = timeline.segmentAt(ms);
  if (settings.facts.size === 0 || phase.kind !== 'running') return 'data-loading';
  if (factAt(settings, { fact: 'job.recompile-ms', place: world.job.name }, ms) > 0) return 'graph-compile';
  const at = collectingRank(world, settings, phase.attempt, ms);
  return at !== null && at.node === node.index && at.gpu === gpu ? 'garbage-collection' : 'data-loading';
}
