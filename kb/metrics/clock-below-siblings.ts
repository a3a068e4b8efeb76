import type { FindingKind } from '../schemas/finding-kind.ts';
import type { MetricDetector } from '../schemas/metric.ts';
import { outliers } from './outliers.ts';
import { gpuKey, gpuValues, idleGpus } from './series.ts';

const below: FindingKind = {
  id: 'metric.gpu.clock.below-siblings',
  summary: "A GPU's SM clock is below its siblings' at the same moment",
  role: 'cause',
  weighs: { 'gpu-clock-throttle': 2.8, 'facility-fault': 0.5 },
  // The clock that the driver gave when it was asked.
  echoes: [
    'gpu.clock.locked-low',
    'gpu.clock.power-capped',
    'gpu.clock.thermal',
    'gpu.clock.power-brake',
    'gpu.clock.hw-slowdown',
    'gpu.clock.below-siblings',
  ],
  source: 'https://docs.nvidia.com/deploy/nvml-api/group__nvmlClocksEventReasons.html',
};

export const clockBelowSiblings: MetricDetector = {
  id: 'metric.gpu.clock',
  kinds: [below],
  metrics: ['DCGM_FI_DEV_SM_CLOCK', 'DCGM_FI_DEV_GPU_UTIL'],
  evaluate(range) {
    const idle = idleGpus(range);
    const busy = gpuValues(range, 'DCGM_FI_DEV_SM_CLOCK').filter((gpu) => !idle.has(gpuKey(gpu)));
    return outliers(busy, 'below').map(({ node, device, value, siblings, siblingsMedian }) => ({
      kind: below.id,
      node,
      device,
      text: `SM clock ${value.toFixed(0)} MHz, its ${siblings} siblings ${siblingsMedian.toFixed(0)} MHz`,
      values: { smMhz: value, siblingsMhz: siblingsMedian, siblings },
    }));
  },
};
