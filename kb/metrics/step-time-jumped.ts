import { median } from 'simple-statistics';
import type { FindingKind } from '../schemas/finding-kind.ts';
import type { MetricDetector } from '../schemas/metric.ts';
import { changePoint } from './change-point.ts';
import { combined, seriesOf } from './series.ts';

// Healthy jobs spread by about 2 %; checkpoints and evaluations are single samples. 15 % is the smallest loss that
// the published detectors act on (SuperBench 5 % a benchmark, MegaScale 10 % a host), with room for both.
const apartShare = 0.15;

const jumped: FindingKind = {
  id: 'metric.training.step-time.jumped',
  summary: "Steps take longer than the job's own earlier median",
  role: 'symptom',
  // A job that still steps has neither lost a GPU nor died; among the slow ones, a throttled GPU costs most and the
  // network is the most frequent (Greyhound, ATC 2025).
  weighs: {
    'gpu-clock-throttle': 1.5,
    'rdma-link-fault': 0.8,
    'dataloader-stall': 0.8,
    'shared-fs-problem': 0.7,
    'foreign-gpu-process': 0.7,
    'cpu-affinity-misconfig': 0.3,
    'facility-fault': 0.5,
    'host-hardware-fault': 0.3,
    'nvlink-fabric-error': 0.2,
    'gpu-fell-off-bus': -2,
    'gpu-ecc-uncorrectable': -1.5,
    'gpu-driver-bug': -0.7,
    'gpu-oom': -2,
    'host-oom': -1.5,
    'disk-full': -1,
    'user-code-error': -1.5,
    'scheduler-action': -1,
    'loss-nan-numerics': -1,
    'rendezvous-resolution': -2,
    'firewall-blocked': -1.5,
  },
  source: 'https://www.usenix.org/conference/atc25/presentation/wu-tianyuan',
};

export const stepTimeJumped: MetricDetector = {
  id: 'metric.training.step-time',
  kinds: [jumped],
  metrics: ['training_step_seconds'],
  evaluate(range) {
    return [...Map.groupBy(seriesOf(range, 'training_step_seconds'), (series) => series.labels['job'] ?? '')].flatMap(
      ([, series]) => {
        const change = changePoint(combined(series, median), apartShare);
        if (change === null || change.ratio < 1) return [];
        return [
          {
            kind: jumped.id,
            atMs: change.atMs,
            text: `step time rose from ${change.before.toFixed(2)} s to ${change.after.toFixed(2)} s`,
            values: { beforeSeconds: change.before, afterSeconds: change.after, ratio: change.ratio },
          },
        ];
      },
    );
  },
};
