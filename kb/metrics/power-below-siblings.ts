import type { FindingKind } from '../schemas/finding-kind.ts';
import type { MetricDetector } from '../schemas/metric.ts';
import { outliers } from './outliers.ts';
import { gpuKey, gpuValues, idleGpus } from './series.ts';

// Operand data and placement alone move power by more than they move clocks (perf-model: sustained power is noisy).
const apartShare = 0.15;

const below: FindingKind = {
  id: 'metric.gpu.power.below-siblings',
  summary: 'A busy GPU draws less power than its siblings at the same moment',
  role: 'symptom',
  weighs: { 'gpu-clock-throttle': 1, 'gpu-fell-off-bus': 0.3 },
  // A lower clock draws less.
  echoes: ['metric.gpu.clock.below-siblings'],
  source: 'https://docs.nvidia.com/datacenter/dcgm/latest/user-guide/dcgm-diagnostics.html (targeted power)',
};

export const powerBelowSiblings: MetricDetector = {
  id: 'metric.gpu.power',
  kinds: [below],
  metrics: ['DCGM_FI_DEV_POWER_USAGE', 'DCGM_FI_DEV_GPU_UTIL'],
  evaluate(range) {
    const idle = idleGpus(range);
    const busy = gpuValues(range, 'DCGM_FI_DEV_POWER_USAGE').filter((gpu) => !idle.has(gpuKey(gpu)));
    return outliers(busy, 'below', apartShare).map(({ node, device, value, siblings, siblingsMedian }) => ({
      kind: below.id,
      node,
      device,
      text: `draws ${value.toFixed(0)} W, its ${siblings} siblings ${siblingsMedian.toFixed(0)} W`,
      values: { watts: value, siblingsWatts: siblingsMedian, siblings },
    }));
  },
};
