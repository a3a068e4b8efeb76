import { mean, median } from 'simple-statistics';
import type { FindingKind } from '../schemas/finding-kind.ts';
import type { MetricDetector } from '../schemas/metric.ts';
import { changePoint } from './change-point.ts';
import { combined, gpuValues, seriesOf } from './series.ts';

// A GPU that spins in a NCCL kernel counts as fully used.
const fullPercent = 95;
// Waiting costs 100 to 140 W on an A100 under load at 300 W and more: a quarter less is more than data alone explains.
const powerApartShare = 0.33;

const hidden: FindingKind = {
  id: 'metric.job.utilisation.hides-waiting',
  summary: 'All GPUs report full utilisation while their power has fallen: they wait inside collectives',
  role: 'symptom',
  // Loaders and file systems would leave the GPUs idle, and utilisation with them.
  weighs: {
    'gpu-clock-throttle': 0.7,
    'rdma-link-fault': 0.5,
    'nvlink-fabric-error': 0.3,
    'collective-mismatch': 0.3,
    'dataloader-stall': -0.8,
    'shared-fs-problem': -0.5,
    'foreign-gpu-process': 0.2,
  },
  source:
    'https://docs.nvidia.com/datacenter/dcgm/latest/user-guide/feature-overview.html (GPU_UTIL: a kernel was resident)',
};

export const utilisationHidesWaiting: MetricDetector = {
  id: 'metric.job.utilisation',
  kinds: [hidden],
  metrics: ['DCGM_FI_DEV_GPU_UTIL', 'DCGM_FI_DEV_POWER_USAGE'],
  evaluate(range) {
    const used = gpuValues(range, 'DCGM_FI_DEV_GPU_UTIL').map(({ value }) => value);
    const change = changePoint(combined(seriesOf(range, 'DCGM_FI_DEV_POWER_USAGE'), mean), powerApartShare);
    if (used.length === 0 || median(used) < fullPercent || change === null || change.ratio > 1) return [];
    return [
      {
        kind: hidden.id,
        atMs: change.atMs,
        text: `GPU utilisation ${median(used).toFixed(0)} % while mean power fell to ${change.after.toFixed(0)} W`,
        values: { utilisationPercent: median(used), beforeWatts: change.before, afterWatts: change.after },
      },
    ];
  },
};
