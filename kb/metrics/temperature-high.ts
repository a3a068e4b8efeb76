import type { FindingKind } from '../schemas/finding-kind.ts';
import type { MetricDetector } from '../schemas/metric.ts';
import { outliers } from './outliers.ts';
import { gpuValues } from './series.ts';

// `nvidia-smi -q -d TEMPERATURE` of an A100 SXM4: GPU Max Operating Temp 85 C, slow-down at 89 C.
const maxOperatingCelsius = 85;

const aboveSiblings: FindingKind = {
  id: 'metric.gpu.temperature.above-siblings',
  summary: 'A GPU is hotter than its siblings at the same moment',
  role: 'symptom',
  weighs: { 'gpu-clock-throttle': 0.6, 'facility-fault': 0.2 },
  echoes: ['metric.gpu.temperature.above-operating', 'gpu.temperature.above-siblings'],
  source: 'https://docs.nvidia.com/datacenter/dcgm/latest/dcgm-api/dcgm-api-field-ids.html (DCGM_FI_DEV_GPU_TEMP)',
};
const aboveOperating: FindingKind = {
  id: 'metric.gpu.temperature.above-operating',
  summary: 'A GPU is at or above its highest operating temperature',
  role: 'symptom',
  weighs: { 'gpu-clock-throttle': 1.5, 'facility-fault': 0.8 },
  echoes: ['gpu.clock.thermal', 'gpu.throttle.thermal', 'gpu.temperature.high'],
  source: 'https://docs.nvidia.com/deploy/nvml-api/group__nvmlClocksEventReasons.html (HW thermal slowdown)',
};

export const temperatureHigh: MetricDetector = {
  id: 'metric.gpu.temperature',
  kinds: [aboveSiblings, aboveOperating],
  metrics: ['DCGM_FI_DEV_GPU_TEMP'],
  evaluate(range) {
    const values = gpuValues(range, 'DCGM_FI_DEV_GPU_TEMP');
    const hot = values.filter(({ value }) => value >= maxOperatingCelsius);
    return [
      ...outliers(values, 'above').map(({ node, device, value, siblings, siblingsMedian }) => ({
        kind: aboveSiblings.id,
        node,
        device,
        text: `${value.toFixed(0)} °C, its ${siblings} siblings ${siblingsMedian.toFixed(0)} °C`,
        values: { celsius: value, siblingsCelsius: siblingsMedian, siblings },
      })),
      ...hot.map(({ node, device, value }) => ({
        kind: aboveOperating.id,
        node,
        device,
        text: `${value.toFixed(0)} °C, highest operating temperature ${maxOperatingCelsius} °C`,
        values: { celsius: value, maxOperatingCelsius },
      })),
    ];
  },
};
