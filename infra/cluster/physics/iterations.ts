import type { StopQuestion } from './job.ts';

/** Iterations between two evaluations (Megatron's `--eval-interval`). */
export const evaluateEvery = 100;
/** Batches of the validation set that an evaluation takes (`--eval-iters`). */
export const evaluationIterations = 4;

/**
 * When something happens that happens once in so many iterations: so long after the end of the next iteration that is a
 * multiple of `every`. Infinity when no steps are made.
 */
export function nextMultipleMs(
  { attempt, fromMs, stepsDone, stepEndMs }: StopQuestion,
  every: number,
  delayMs: number,
) {
  const first = Math.max(attempt.stepBase + 1, Math.floor(stepsDone) - 1);
  // A step that had ended shortly before may still have it ahead.
  for (let step = first; step <= first + 2 * every + 2; step += 1) {
    const iteration = attempt.fromIteration + step - attempt.stepBase;
    if (iteration % every !== 0) continue;
    const atMs = stepEndMs(step) + delayMs;
    if (atMs >= fromMs) return atMs;
  }
  return Infinity;
}

/** When an iteration of the attempt ends; Infinity for one that it does not make. */
export function iterationEndMs({ attempt, stepEndMs }: StopQuestion, iteration: number): number {
  return iteration <= attempt.fromIteration
    ? Infinity
    : stepEndMs(attempt.stepBase + iteration - attempt.fromIteration);
}
