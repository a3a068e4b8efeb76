import type { Phase } from './phases.ts';
import type { HistoryThresholds } from './policy.ts';
import type { StepSample } from './steps.ts';

/** The time after a start of a job: compilation, autotuning and cold caches make its steps slow. Cluster milliseconds. */
export interface WarmUp {
  readonly fromMs: number;
  /** `null` while it lasts. */
  readonly toMs: number | null;
  /** Number of its first step; `null` where steps have none. */
  readonly firstStep: number | null;
  readonly steps: number;
  /** Steps in a row that took no longer than healthy ones. */
  readonly healthy: number;
  /** Steps in a row that took more than any warm-up makes of them. */
  readonly gross: number;
}

// Warm-ups double a step; what takes longer than that and half as much again is something else. Where no healthy step
// time is known, nothing is gross.
const grossRatio = 2.5;

export function warmUpFrom(firstStep: number | null, fromMs: number): WarmUp {
  return { fromMs: Math.round(fromMs), toMs: null, firstStep, steps: 0, healthy: 0, gross: 0 };
}

/**
 * One more step of it. It lasts for the first steps in any case, and then until the step time has settled at what is known
 * to be healthy; a step time that settles elsewhere is no warm-up any more after `settleMs`, or at once where it is far off.
 * `healthyRatio`: the step's time over that of a healthy one at its upper end; `null` where that is not known.
 */
export function warmUpWith(
  warmUp: WarmUp,
  { atMs, iteration }: StepSample,
  healthyRatio: number | null,
  { warmUpSteps, persistSteps, settleMs }: HistoryThresholds,
): WarmUp {
  const { firstStep, fromMs } = warmUp;
  // Where scrapes come slower than steps, the numbers count also those that were not seen.
  const steps = firstStep === null || iteration === null ? warmUp.steps + 1 : iteration - firstStep + 1;
  const healthy = healthyRatio !== null && healthyRatio <= 1 ? warmUp.healthy + 1 : 0;
  const gross = steps > warmUpSteps && healthyRatio !== null && healthyRatio > grossRatio ? warmUp.gross + 1 : 0;
  const isSettled = Math.max(healthy, gross) >= persistSteps || atMs - fromMs >= settleMs;
  return { ...warmUp, steps, healthy, gross, toMs: steps >= warmUpSteps && isSettled ? atMs : null };
}

/** Nothing that is measured in it says how fast the job is. */
export function warmUpPhases(warmUp: WarmUp | null): readonly Phase[] {
  return warmUp === null ? [] : [{ kind: 'warm-up', fromMs: warmUp.fromMs, toMs: warmUp.toMs }];
}
