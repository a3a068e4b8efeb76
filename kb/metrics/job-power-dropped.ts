import { mean } from 'simple-statistics';
import type { FindingKind } from '../schemas/finding-kind.ts';
import type { MetricDetector } from '../schemas/metric.ts';
import { changePoint } from './change-point.ts';
import { jobProgress } from './job-progress.ts';
import { combined, seriesOf } from './series.ts';

// Mean job power under 0.85 of what it was, with throughput low as well, is worth a look; power alone also falls at
// checkpoints and evaluations, which the change point's medians leave out.
const apartShare = 0.15;

const dropped: FindingKind = {
  id: 'metric.job.power.dropped',
  summary: 'The mean power of all GPUs fell together: most of them wait for somebody',
  role: 'symptom',
  weighs: {
    'gpu-clock-throttle': 0.6,
    'rdma-link-fault': 0.4,
    'dataloader-stall': 0.6,
    'shared-fs-problem': 0.4,
    'collective-mismatch': 0.2,
    'gpu-fell-off-bus': 0.2,
  },
  source: 'https://arxiv.org/abs/2411.05349 (case study: the slow job was flagged by power)',
};

export const jobPowerDropped: MetricDetector = {
  id: 'metric.job.power',
  kinds: [dropped],
  metrics: ['DCGM_FI_DEV_POWER_USAGE'],
  evaluate(range) {
    const change = changePoint(combined(seriesOf(range, 'DCGM_FI_DEV_POWER_USAGE'), mean), apartShare);
    // GPUs of a job that has stopped draw little: that is no waiting.
    if (change === null || change.ratio > 1 || jobProgress(range)?.kind === 'stopped') return [];
    return [
      {
        kind: dropped.id,
        atMs: change.atMs,
        text: `mean GPU power fell from ${change.before.toFixed(0)} W to ${change.after.toFixed(0)} W`,
        values: { beforeWatts: change.before, afterWatts: change.after, ratio: change.ratio },
      },
    ];
  },
};
