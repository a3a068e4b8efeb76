import type { Timeline } from '../physics/timeline.ts';
import type { WorldNode } from '../world.ts';

/** Exporters are scraped over the management network. */
export function reachable(timeline: Timeline, node: WorldNode, ms: number): boolean {
  return !timeline.segmentAt(ms).settings.unplugged.has(node.name);
}
