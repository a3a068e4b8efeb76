import type { FindingKind } from '../schemas/finding-kind.ts';
import type { MetricDetector } from '../schemas/metric.ts';
import { outliers } from './outliers.ts';
import { gpuValues } from './series.ts';

const metrics = ['DCGM_FI_PROF_PIPE_TENSOR_ACTIVE', 'DCGM_FI_PROF_SM_ACTIVE'] as const;
// Shares of time, and a slow GPU computes while the others wait: a quarter apart is past the spread of equal work.
const apartShare = 0.25;

const above: FindingKind = {
  id: 'metric.gpu.tensor.above-siblings',
  summary: 'A GPU computes for a larger share of the time than its siblings: they wait for it',
  role: 'symptom',
  weighs: { 'gpu-clock-throttle': 1, 'foreign-gpu-process': 0.7 },
  // A lower clock takes longer for the same work.
  echoes: ['metric.gpu.clock.below-siblings'],
  source: 'https://docs.nvidia.com/datacenter/dcgm/latest/user-guide/feature-overview.html (profiling metrics)',
};
const belowKind: FindingKind = {
  id: 'metric.gpu.tensor.below-siblings',
  summary: 'A GPU computes for a smaller share of the time than its siblings',
  role: 'symptom',
  weighs: { 'gpu-fell-off-bus': 0.5, 'dataloader-stall': 0.4, 'collective-mismatch': 0.3, 'gpu-clock-throttle': -0.3 },
  source: 'https://docs.nvidia.com/datacenter/dcgm/latest/user-guide/feature-overview.html (profiling metrics)',
};

/** Tensor-pipe activity where it is collected, else SM activity. */
export const tensorOutlier: MetricDetector = {
  id: 'metric.gpu.tensor',
  kinds: [above, belowKind],
  metrics,
  evaluate(range) {
    const values = metrics.map((metric) => gpuValues(range, metric)).find((gpus) => gpus.length > 0) ?? [];
    return (['above', 'below'] as const).flatMap((direction) =>
      outliers(values, direction, apartShare).map(({ node, device, value, siblings, siblingsMedian }) => ({
        kind: direction === 'above' ? above.id : belowKind.id,
        node,
        device,
        text: `active ${(100 * value).toFixed(0)} % of the time, its ${siblings} siblings ${(100 * siblingsMedian).toFixed(0)} %`,
        values: { share: value, siblingsShare: siblingsMedian, siblings },
      })),
    );
  },
};
