import type { FindingKind } from '../schemas/finding-kind.ts';
import type { MetricDetector } from '../schemas/metric.ts';
import { rising } from './rising.ts';
import { gpuPlace } from './series.ts';

const guide = 'https://docs.nvidia.com/deploy/a100-gpu-mem-error-mgmt/index.html';

const uncorrectable: FindingKind = {
  id: 'metric.gpu.memory.uncorrectable-rose',
  summary: "A GPU's count of uncorrectable memory errors rose",
  role: 'cause',
  weighs: { 'gpu-ecc-uncorrectable': 4.5 },
  source: guide,
};
const remapFailed: FindingKind = {
  id: 'metric.gpu.memory.row-remap-failed',
  summary: 'Row remapping of a GPU failed',
  role: 'cause',
  weighs: { 'gpu-ecc-uncorrectable': 5 },
  source: guide,
};

const counters: readonly (readonly [metric: string, kind: FindingKind])[] = [
  ['DCGM_FI_DEV_ECC_DBE_VOL_TOTAL', uncorrectable],
  ['DCGM_FI_DEV_UNCORRECTABLE_REMAPPED_ROWS', uncorrectable],
  ['DCGM_FI_DEV_ROW_REMAP_FAILURE', remapFailed],
];

/** DCGM's counters of memory errors and of rows that were remapped, or could not be. */
export const memoryErrors: MetricDetector = {
  id: 'metric.gpu.memory',
  kinds: [uncorrectable, remapFailed],
  metrics: counters.map(([metric]) => metric),
  evaluate: (range) =>
    counters.flatMap(([metric, kind]) =>
      rising(range, metric).flatMap(({ labels, atMs, lastMs, by }) => {
        const place = gpuPlace(labels);
        return place === null
          ? []
          : [{ kind: kind.id, ...place, atMs, lastMs, text: `${metric} rose by ${by}`, values: { by } }];
      }),
    ),
};
