import { sum } from 'simple-statistics';
import type { FindingKind } from '../schemas/finding-kind.ts';
import type { MetricDetector } from '../schemas/metric.ts';
import { changePoint } from './change-point.ts';
import { combined, seriesOf } from './series.ts';

// As for step time: see step-time-jumped.ts.
const apartShare = 0.15;

const dropped: FindingKind = {
  id: 'metric.training.tokens.dropped',
  summary: "The job's tokens per second fell below its own earlier median",
  role: 'symptom',
  weighs: {
    'gpu-clock-throttle': 1.2,
    'rdma-link-fault': 0.7,
    'dataloader-stall': 0.7,
    'shared-fs-problem': 0.6,
    'foreign-gpu-process': 0.6,
    'facility-fault': 0.4,
    'gpu-oom': -1.5,
    'user-code-error': -1,
    'rendezvous-resolution': -1.5,
  },
  source: 'https://www.usenix.org/conference/atc25/presentation/wu-tianyuan',
};

/** For jobs that report tokens and no step time; with both, step time says the same and is enough. */
export const tokensDropped: MetricDetector = {
  id: 'metric.training.tokens',
  kinds: [dropped],
  metrics: ['training_tokens_per_second'],
  evaluate(range) {
    if (seriesOf(range, 'training_step_seconds').length > 0) return [];
    const change = changePoint(combined(seriesOf(range, 'training_tokens_per_second'), sum), apartShare);
    if (change === null || change.ratio > 1) return [];
    return [
      {
        kind: dropped.id,
        atMs: change.atMs,
        text: `tokens per second fell from ${change.before.toFixed(0)} to ${change.after.toFixed(0)}`,
        values: { before: change.before, after: change.after, ratio: change.ratio },
      },
    ];
  },
};
