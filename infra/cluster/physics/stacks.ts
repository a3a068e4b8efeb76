import { betweenSteps } from './between-steps.ts';
import { rankIn } from './job.ts';
import { isStackName, rankStacks, type RankStack, type StackName } from './rank-stacks.ts';
import { placeInStep, type StepShape } from './step-layout.ts';
import { stepShape } from './step-parts.ts';
import { lastStepAt, stepBeginMs, stepEndMs, type Timeline } from './timeline.ts';
import type { WorldNode } from '../world.ts';

/** Where the main thread of the trainer on a GPU is at a moment; null when there is none. */
export function stackAt(cluster: Timeline, node: WorldNode, gpu: number, ms: number): StackName | null {
  return stackReader(cluster, node, gpu)(ms);
}

/** The same at moments that follow each other, as a sampling profiler sees them. */
export function stacksThrough(
  cluster: Timeline,
  node: WorldNode,
  gpu: number,
  fromMs: number,
  count: number,
  everyMs: number,
): readonly (StackName | null)[] {
  const read = stackReader(cluster, node, gpu);
  return Array.from({ length: count }, (_, at) => read(fromMs + at * everyMs));
}

export function stacksOf(timeline: Timeline, node: WorldNode, gpu: number, ms: number): RankStack | null {
  const name = stackAt(timeline, node, gpu, ms);
  return name === null ? null : rankStacks[name];
}

/** Hundreds of moments lie in one step. What it consists of is decided when it begins. */
function stackReader(cluster: Timeline, node: WorldNode, gpu: number): (ms: number) => StackName | null {
  const timeline = cluster.of(node);
  let known: { readonly step: Step; readonly shape: StepShape | null } | null = null;
  return (ms) => {
    const { phase, meanStepMs } = timeline.segmentAt(ms);
    if (phase.kind !== 'running' && phase.kind !== 'hung' && phase.kind !== 'dying') return null;
    if (rankIn(phase.attempt, timeline.world, node.index, gpu) === null) return null;
    if (phase.kind === 'dying') {
      const dead = phase.death.node === node.index && phase.death.gpu === gpu;
      return dead ? null : hungOr('all-reduce', phase.death.afterHang, node, gpu);
    }
    if (phase.kind === 'hung') return hungOr('all-reduce', phase.hang, node, gpu);
    if (meanStepMs === null) return 'all-reduce';
    if (known === null || ms < known.step.fromMs || ms >= known.step.toMs) {
      const step = stepNow(timeline, ms);
      known = { step, shape: stepShape(timeline, node, gpu, Math.min(step.beginMs, ms)) };
    }
    const { step, shape } = known;
    // Between two steps everybody does the same.
    if (ms < step.beginMs) return betweenSteps(timeline, ms) === 'evaluation' ? 'evaluation' : 'checkpoint-copy';
    return shape === null ? 'all-reduce' : placeInStep((ms - step.beginMs) / (step.toMs - step.beginMs), shape);
  };
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

interface Step {
  /** The end of the step before. */
  readonly fromMs: number;
  readonly beginMs: number;
  readonly toMs: number;
}

function stepNow(timeline: Timeline, ms: number): Step {
  const step = lastStepAt(timeline, ms) + 1;
  const beginMs = stepBeginMs(timeline, step);
  const endMs = stepEndMs(timeline, step);
  // One that an attempt does not come to end is as long as the others.
  const lengthMs = endMs < Infinity ? endMs - beginMs : (timeline.segmentAt(ms).meanStepMs ?? 0);
  return { fromMs: Math.min(ms, beginMs), beginMs, toMs: Math.max(ms + 1, beginMs + lengthMs) };
}
