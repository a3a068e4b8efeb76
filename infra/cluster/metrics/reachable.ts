import type { Timeline } from '../physics/timeline.ts';
import { isUp } from '../physics/node-life.ts';
import { factAt } from '../state/facts/fact-at.ts';
import type { WorldNode } from '../world.ts';

/** Exporters are scraped over the management network. */
export function reachable(timeline: Timeline, node: WorldNode, ms: number): boolean {
  const { settings } = timeline.segmentAt(ms);
  return !settings.unplugged.has(node.name) && isUp(settings, node.name, ms);
}

/** Whether the exporters of a node have an answer: it can be reached, and they are not being started anew. */
export function scraped(timeline: Timeline, node: WorldNode, ms: number): boolean {
  if (!reachable(timeline, node, ms)) return false;
  const { settings } = timeline.segmentAt(ms);
  return (
    !settings.facts.has('host.exporters') ||
    factAt(settings, { fact: 'host.exporters', place: node.name }, ms) === 'run'
  );
}
