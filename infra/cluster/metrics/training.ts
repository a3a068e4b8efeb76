import { uniform } from '../noise.ts';
import { layoutOf } from '../physics/attempt-layout.ts';
import { learningAt, type Learning } from '../physics/loss.ts';
import { iterationOf, lastStepAt, lifeOfStep, stepDurationMs, stepEndMs, type Timeline } from '../physics/timeline.ts';
import type { Metric } from './metric.ts';

/** What the training framework pushes once a step. */
export const trainingMetrics: readonly Metric[] = [
  training('training_step_seconds', 'Duration of the last finished step.', (timeline, step) =>
    Number((stepDurationMs(timeline, step) / 1000).toFixed(4)),
  ),
  training('training_iteration', 'Number of the last finished iteration.', iterationOf),
  training('training_tokens_per_second', 'Tokens of the last finished step over its duration.', (timeline, step) =>
    Number((tokens(timeline, step) / (stepDurationMs(timeline, step) / 1000)).toFixed(1)),
  ),
  training(
    'training_data_loading_seconds',
    'Seconds that the slowest rank waited for its batch in the last finished step.',
    loadingSeconds,
  ),
  training('training_loss', 'Mean loss of the last finished step that was not skipped.', (timeline, step) =>
    figure(learned(timeline, step)?.loss, 6),
  ),
  training(
    'training_grad_norm',
    'Norm of the gradients of the last finished step, unless it was skipped.',
    (timeline, step) => figure(learned(timeline, step)?.gradNorm ?? undefined, 4),
  ),
  training(
    'training_loss_scale',
    'Scale of the loss; 1 without half-precision floats.',
    (timeline, step) => learned(timeline, step)?.lossScale,
  ),
];

/** Batches are read ahead: what is left is taking one from the queue. As torchtitan logs it; the sizes are assumed. */
function loadingSeconds(timeline: Timeline, step: number): number {
  const { world } = timeline;
  const takenS = 0.011 + 0.006 * uniform(world.seed, 'data-loading', step);
  // The stretch in which most of the step lies.
  const { inputMs } = timeline.segmentAt(stepEndMs(timeline, step) - stepDurationMs(timeline, step) / 2);
  return Number((takenS + inputMs / 1_000).toFixed(4));
}

function learned(timeline: Timeline, step: number): Learning | undefined {
  const attempt = lifeOfStep(timeline, step)?.attempt;
  return attempt && learningAt(timeline.world, attempt, iterationOf(timeline, step), step);
}

function figure(value: number | undefined, digits: number): number | undefined {
  return value === undefined ? undefined : Number(value.toFixed(digits));
}

function training(name: string, help: string, read: (timeline: Timeline, step: number) => number | undefined): Metric {
  return {
    name,
    help,
    type: 'gauge',
    series: (cluster) =>
      cluster.all.map((timeline) => ({
        labels: { job: timeline.world.job.name, cluster: timeline.world.cluster },
        at: (ms) => {
          const step = lastStepAt(timeline, ms);
          return step === 0 ? undefined : read(timeline, step);
        },
      })),
  };
}

function tokens(timeline: Timeline, step: number): number {
  const { job } = timeline.world;
  const attempt = lifeOfStep(timeline, step)?.attempt;
  return (attempt === undefined ? job.globalBatch : layoutOf(timeline.world, attempt).globalBatch) * job.sequenceTokens;
}
