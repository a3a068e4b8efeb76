import { iterationOf, lastStepAt, stepDurationMs, type Timeline } from '../physics/timeline.ts';
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
];

function training(name: string, help: string, read: (timeline: Timeline, step: number) => number): Metric {
  return {
    name,
    help,
    type: 'gauge',
    series: (timeline) => [
      {
        labels: { job: timeline.world.job.name, cluster: timeline.world.cluster },
        at: (ms) => {
          const step = lastStepAt(timeline, ms);
          return step === 0 ? undefined : read(timeline, step);
        },
      },
    ],
  };
}

function tokens(world: World): number {
  return world.job.globalBatch * world.job.sequenceTokens;
}
