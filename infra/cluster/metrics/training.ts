import { learningAt, type Learning } from '../physics/loss.ts';
import { iterationOf, lastStepAt, lifeOfStep, stepDurationMs, type Timeline } from '../physics/timeline.ts';
import type { World } from '../world.ts';
import type { Metric } from './metric.ts';

/** What the training framework pushes once a step. */
export const trainingMetrics: readonly Metric[] = [
  training('training_step_seconds', 'Duration of the last finished step.', (timeline, step) =>
    Number((stepDurationMs(timeline, step) / 1000).toFixed(4)),
  ),
  training('training_iteration', 'Number of the last finished iteration.', iterationOf),
  training('training_tokens_per_second', 'Tokens of the last finished step over its duration.', (timeline, step) =>
    Number((tokens(timeline.world) / (stepDurationMs(timeline, step) / 1000)).toFixed(1)),
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

function tokens(world: World): number {
  return world.job.globalBatch * world.job.sequenceTokens;
}
