import { spread } from '../noise.ts';
import type { World } from '../world.ts';
import { checkpointEvery } from './checkpoint.ts';
import { evaluateEvery, evaluationIterations } from './iterations.ts';
import type { Attempt } from './job.ts';

/**
 * Work is counted in usual steps, through all attempts: a step is one, the first ones of an attempt are more, and what is
 * done between two steps (a checkpoint, an evaluation) is work too. How long work takes is the pace's affair.
 */

/**
 * What the first steps take more than the others: kernels are compiled and tuned, NCCL makes its last connections, the
 * allocator asks for its blocks. First iterations in public logs of Megatron-LM take half as long again to several times
 * as long; assumed here.
 */
const warmUpWork = [0.6, 0.1, 0.05, 0.03] as const;

/** Beginning an asynchronous save: GPUs wait for the copy to host memory and for the plan of who writes what. Assumed. */
const checkpointWork = 0.19;
/** Forward passes alone: a little more than a third of a step for as many sequences. */
const evaluationWork = 0.37 * evaluationIterations;

/** Half the width of the jitter of a step's end, as a share of a step; the difference of two of them spreads by about 1.6 %. */
const jitterMax = 0.028;

/** What everybody does between two steps, in the order in which it is done. */
export interface Between {
  readonly checkpoint: number;
  readonly evaluation: number;
}

/** What follows a step of an attempt before the next one begins. */
export function betweenAfter(attempt: Attempt, step: number): Between {
  if (step <= attempt.stepBase) return { checkpoint: 0, evaluation: 0 };
  const iteration = attempt.fromIteration + step - attempt.stepBase;
  return {
    checkpoint: iteration % checkpointEvery === 0 ? checkpointWork : 0,
    evaluation: iteration % evaluateEvery === 0 ? evaluationWork : 0,
  };
}

/** Work done when a step of the attempt ends. */
export function workAtEnd(world: World, attempt: Attempt, step: number): number {
  return attempt.workBase + workOf(attempt, step - attempt.stepBase) + jitterMax * spread(world.seed, 'step-end', step);
}

/** Work done when a step of the attempt begins. */
export function workAtBegin(world: World, attempt: Attempt, step: number): number {
  if (step <= attempt.stepBase + 1) return attempt.workBase;
  const { checkpoint, evaluation } = betweenAfter(attempt, step - 1);
  return workAtEnd(world, attempt, step - 1) + checkpoint + evaluation;
}

/** Steps done after so much work, a real number that counts through all attempts; jitter aside. */
export function stepsAfter(attempt: Attempt, work: number): number {
  const own = work - attempt.workBase;
  if (own <= 0) return attempt.stepBase;
  // Never more than one step for a unit of work, and a long attempt has this much less.
  let done = Math.max(0, Math.floor((own - allWarmUp) / usualWork) - 3);
  while (workOf(attempt, done + 1) <= own) done += 1;
  const from = workOf(attempt, done);
  return attempt.stepBase + done + Math.min(1, (own - from) / (workOf(attempt, done + 1) - from));
}

const allWarmUp = warmUpWork.reduce((sum, one) => sum + one, 0);
const usualWork = 1 + checkpointWork / checkpointEvery + evaluationWork / evaluateEvery;

/** Work of the first steps of an attempt, so many of them, with what lies between them. */
function workOf({ fromIteration }: Attempt, steps: number): number {
  const before = Math.max(0, steps - 1);
  const multiples = (every: number) => Math.floor((fromIteration + before) / every) - Math.floor(fromIteration / every);
  return (
    steps +
    warmUpWork.slice(0, steps).reduce((sum, one) => sum + one, 0) +
    checkpointWork * multiples(checkpointEvery) +
    evaluationWork * multiples(evaluateEvery)
  );
}
