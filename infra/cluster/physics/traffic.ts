import type { WorldHca, WorldNode } from '../world.ts';
import { gradientBytes } from './gradients.ts';
import { isOnSockets } from './nccl-settings.ts';
import { runsOverInfiniband } from './network/dead-ports.ts';
import { railLoads } from './rails.ts';
import { stepsAt } from './segment.ts';
import type { Timeline } from './timeline.ts';

/** Gradients that a node has sent over TCP up to a moment, in bytes, because NCCL may not use InfiniBand. */
export function socketBytes(cluster: Timeline, node: WorldNode, ms: number): number {
  const timeline = cluster.of(node);
  let steps = 0;
  for (const { attempt, stoppedMs } of timeline.lives(ms)) {
    if (attempt.runMs > ms || !attempt.nodes.includes(node.index)) continue;
    if (!isOnSockets(timeline.world, attempt, node)) continue;
    const untilMs = Math.min(ms, stoppedMs);
    steps += stepsAt(timeline.segmentAt(untilMs), attempt, untilMs) - attempt.stepBase;
  }
  return Math.floor(steps * gradientBytes(timeline.world) * node.hcas.length);
}

/** Data that a port has sent up to a moment, in bytes: gradients go round once a step; it receives as much. */
export function portBytes(cluster: Timeline, node: WorldNode, hca: WorldHca, ms: number): number {
  const timeline = cluster.of(node);
  const { settings } = timeline.segmentAt(ms);
  let steps = 0;
  for (const { attempt, stoppedMs } of timeline.lives(ms)) {
    if (attempt.runMs > ms || !attempt.nodes.includes(node.index)) continue;
    if (isOnSockets(timeline.world, attempt, node) || !runsOverInfiniband(timeline.world, attempt)) continue;
    const untilMs = Math.min(ms, stoppedMs);
    const load = railLoads(settings, attempt, node)[node.hcas.indexOf(hca)] ?? 0;
    steps += load * (stepsAt(timeline.segmentAt(untilMs), attempt, untilMs) - attempt.stepBase);
  }
  return Math.floor(steps * gradientBytes(timeline.world));
}
