import type { WorldHca, WorldNode } from '../world.ts';
import { gradientBytes } from './gradients.ts';
import { railLoads } from './rails.ts';
import { stepsAt, type Timeline } from './timeline.ts';

/** Data that a port has sent up to a moment, in bytes: gradients go round once a step; it receives as much. */
export function portBytes(timeline: Timeline, node: WorldNode, hca: WorldHca, ms: number): number {
  const { settings } = timeline.segmentAt(ms);
  let steps = 0;
  for (const { attempt, stoppedMs } of timeline.lives()) {
    if (attempt.runMs > ms || !attempt.nodes.includes(node.index)) continue;
    const untilMs = Math.min(ms, stoppedMs);
    const load = railLoads(settings, attempt, node)[node.hcas.indexOf(hca)] ?? 0;
    steps += load * (stepsAt(timeline.segmentAt(untilMs), untilMs) - attempt.stepBase);
  }
  return Math.floor(steps * gradientBytes(timeline.world));
}
