import type { WorldGpu, WorldNode } from '../world.ts';
import { memoryHealth } from './gpu-memory.ts';
import type { Timeline } from './timeline.ts';

/** Xids of an uncorrectable error in a bank without spare rows, in the order in which the driver reports them. */
export const memoryErrorXids = { doubleBit: 48, remapFailed: 64, contained: 94 } as const;

/** The last Xid of a GPU that its node's DCGM exporter has learnt of; the gauge keeps it until another comes. */
export function lastXid(timeline: Timeline, node: WorldNode, gpu: WorldGpu, ms: number): number {
  // A board in place of one that had errors comes with a driver that has reported none.
  if (memoryHealth(timeline, node, gpu, ms).uncorrectableVolatile > 0) return memoryErrorXids.contained;
  const past = timeline.segmentAt(ms).settings.pastXids.get(`${node.name}/${gpu.index}`);
  return past !== undefined && past.shownFromMs !== null && past.shownFromMs <= ms ? past.xid : 0;
}
