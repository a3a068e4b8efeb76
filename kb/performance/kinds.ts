import type { FindingKind } from '../schemas/finding-kind.ts';

const source =
  'https://www.usenix.org/conference/atc25/presentation/wu-tianyuan (fail-slow in training: causes and shares)';

/** What the performance check tells reasoning. Metric rules read the same series, so these weigh little by themselves. */
export const jobSlow: FindingKind = {
  id: 'performance.job.slow',
  summary: 'The job is slower than its own healthy median',
  role: 'symptom',
  weighs: {
    'gpu-clock-throttle': 0.5,
    'rdma-link-fault': 0.3,
    'dataloader-stall': 0.3,
    'shared-fs-problem': 0.3,
    'foreign-gpu-process': 0.3,
    'gpu-fell-off-bus': -1.5,
    'gpu-oom': -1.5,
    'host-oom': -1,
    'user-code-error': -1,
    'disk-full': -0.7,
  },
  source,
};

export const jobNormal: FindingKind = {
  id: 'performance.job.normal',
  summary: 'The job runs at its own healthy speed',
  role: 'clean',
  weighs: { 'gpu-clock-throttle': -1.5, 'rdma-link-fault': -0.7, 'dataloader-stall': -1.5, 'shared-fs-problem': -0.7 },
  source,
};

export const gpuBelowNominal: FindingKind = {
  id: 'performance.gpu.clock-below-nominal',
  summary: "A busy GPU runs far below its model's nominal clock",
  role: 'symptom',
  weighs: { 'gpu-clock-throttle': 1.2, 'facility-fault': 0.3, 'host-hardware-fault': 0.3 },
  source:
    'https://docs.nvidia.com/deploy/nvml-api/group__nvmlClocksEventReasons.html (hardware slowdown halves clocks or worse)',
};

export const performanceKinds: readonly FindingKind[] = [jobSlow, jobNormal, gpuBelowNominal];
