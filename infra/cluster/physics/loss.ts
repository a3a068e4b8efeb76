import { spread } from '../noise.ts';
import type { World } from '../world.ts';
import type { Attempt } from './job.ts';
import { atLaunch } from './launch-state.ts';

/** What the optimizer of the job makes of one iteration. */
export interface Learning {
  readonly loss: number;
  /** Null when the step was skipped because gradients were not finite. */
  readonly gradNorm: number | null;
  readonly lossScale: number;
}

// Megatron-LM: --initial-loss-scale, --min-loss-scale and --hysteresis of DynamicGradScaler.
const scaleMax = 2 ** 32;
const scaleMin = 1;
const hysteresis = 2;
/** Where gradients of this model fit into half-precision floats; assumed. */
const settledScale = 2 ** 16;
const settleIterations = Math.log2(scaleMax / settledScale) + hysteresis - 1;
/** Iterations from the first overflow that stays until the scale is at its minimum: its patience is used up. */
const fallIterations = Math.log2(settledScale / scaleMin);

/** One iteration of an attempt; `step` keys the noise. With bfloat16 nothing is scaled and nothing skipped. */
export function learningAt(world: World, attempt: Attempt, iteration: number, step: number): Learning {
  const { seed } = world;
  const loss = 1.62 + 0.85 * Math.exp(-iteration / 40_000) + 0.02 * spread(seed, 'loss', step);
  const gradNorm = 0.31 + 0.06 * spread(seed, 'grad-norm', step);
  if (!isHalfPrecision(world, attempt)) return { loss, gradNorm, lossScale: 1 };
  const made = iteration - attempt.fromIteration;
  if (made <= settleIterations)
    return { loss, gradNorm: null, lossScale: scaleMax / 2 ** Math.max(0, made - hysteresis + 1) };
  const after = made - divergesAfter(world, attempt);
  if (after <= 0) {
    // Activations grow for some iterations before they overflow.
    const growth = Math.exp(Math.max(-growthIterations, after) / 3 + 1);
    const near = after > -growthIterations ? growth : 0;
    return { loss: loss + 0.4 * near, gradNorm: gradNorm * (1 + 6 * near), lossScale: settledScale };
  }
  return { loss, gradNorm: null, lossScale: Math.max(scaleMin, settledScale / 2 ** after) };
}

const growthIterations = 8;

/** The iteration whose loss is no number any more; null when none is foreseen. */
export function nanIteration(world: World, attempt: Attempt): number | null {
  if (!isHalfPrecision(world, attempt) || atLaunch(world, attempt, divergence(world)) === 0) return null;
  return attempt.fromIteration + divergesAfter(world, attempt) + fallIterations + 1;
}

function divergesAfter(world: World, attempt: Attempt): number {
  const told = atLaunch(world, attempt, divergence(world));
  return told === 0 ? Infinity : settleIterations + told;
}

function divergence({ job }: World) {
  return { fact: 'job.diverges-after', place: job.name } as const;
}

function isHalfPrecision(world: World, attempt: Attempt): boolean {
  return atLaunch(world, attempt, { fact: 'job.argument', place: world.job.name, key: '--fp16' }) !== '';
}
