import { idleStack } from './idle-stacks.ts';
import { rankIn } from './job.ts';
import { isStackName, rankStacks, type RankStack, type StackName } from './rank-stacks.ts';
import { loadOf } from './segment.ts';
import type { PhaseShares } from './step.ts';
import { lastStepAt, stepBeginMs, stepEndMs, type Timeline } from './timeline.ts';
import type { WorldNode } from '../world.ts';

/** Where the main thread of the trainer on a GPU is at a moment; null when there is none. */
export function stackAt(cluster: Timeline, node: WorldNode, gpu: number, ms: number): StackName | null {
  const timeline = cluster.of(node);
  const segment = timeline.segmentAt(ms);
  const { phase } = segment;
  if (phase.kind !== 'running' && phase.kind !== 'hung' && phase.kind !== 'dying') return null;
  if (rankIn(phase.attempt, timeline.world, node.index, gpu) === null) return null;
  if (phase.kind === 'dying') {
    const dead = phase.death.node === node.index && phase.death.gpu === gpu;
    return dead ? null : hungOr('all-reduce', phase.death.afterHang, node, gpu);
  }
  if (phase.kind === 'hung') return hungOr('all-reduce', phase.hang, node, gpu);
  const { shares } = loadOf(segment, node.name, gpu);
  if (shares === null || segment.meanStepMs === null) return 'all-reduce';
  return inStep(shareOfStep(timeline, ms), shares, idleStack(timeline, node, gpu, ms));
}

/** The same at moments that follow each other, as a sampling profiler sees them; the pace is that of the first moment. */
export function stacksThrough(
  cluster: Timeline,
  node: WorldNode,
  gpu: number,
  fromMs: number,
  count: number,
  everyMs: number,
): readonly (StackName | null)[] {
  const timeline = cluster.of(node);
  const segment = timeline.segmentAt(fromMs);
  const { meanStepMs, phase } = segment;
  const { shares } = loadOf(segment, node.name, gpu);
  if (phase.kind !== 'running' || shares === null || meanStepMs === null) {
    const name = stackAt(timeline, node, gpu, fromMs);
    return Array.from({ length: count }, () => name);
  }
  const begun = shareOfStep(timeline, fromMs);
  const idle = idleStack(timeline, node, gpu, fromMs);
  return Array.from({ length: count }, (_, at) => inStep((begun + (at * everyMs) / meanStepMs) % 1, shares, idle));
}

/** Within a step: first the data, then the kernels, then the wait for the others. */
function inStep(done: number, shares: PhaseShares, idle: StackName): StackName {
  if (done < shares.idle) return idle;
  return done < 1 - shares.wait ? 'training' : 'all-reduce';
}

export function stacksOf(timeline: Timeline, node: WorldNode, gpu: number, ms: number): RankStack | null {
  const name = stackAt(timeline, node, gpu, ms);
  return name === null ? null : rankStacks[name];
}

function hungOr(
  waiting: StackName,
  hang: { readonly node: number; readonly gpu: number; readonly stack: string } | undefined,
  node: WorldNode,
  gpu: number,
): StackName {
  if (hang === undefined || hang.node !== node.index || hang.gpu !== gpu) return waiting;
  return isStackName(hang.stack) ? hang.stack : 'python-loop';
}

function shareOfStep(timeline: Timeline, ms: number): number {
  const step = lastStepAt(timeline, ms) + 1;
  const beganMs = stepBeginMs(timeline, step);
  const { meanStepMs } = timeline.segmentAt(ms);
  if (meanStepMs === null) return 0;
  const endMs = stepEndMs(timeline, step);
  // One that an attempt does not come to end is as long as the others.
  const lengthMs = endMs < Infinity ? endMs - beganMs : meanStepMs;
  return Math.min(1, Math.max(0, (ms - beganMs) / lengthMs));
}
