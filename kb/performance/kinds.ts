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
  // What ends a job has not happened to one that steps as it did before.
  weighs: {
    'gpu-clock-throttle': -1.5,
    'rdma-link-fault': -0.7,
    'dataloader-stall': -1.5,
    'shared-fs-problem': -0.7,
    'gpu-fell-off-bus': -2,
    'gpu-ecc-uncorrectable': -1.5,
    'host-oom': -1.5,
    'gpu-oom': -2,
    'disk-full': -1,
    'user-code-error': -2,
    'framework-bug': -1.5,
    'collective-mismatch': -2,
    'scheduler-action': -1.5,
  },
  source,
};

// Who stops a job: shares of the interruptions of Llama 3's pre-training (arXiv:2407.21783, table 5), flattened.
const ofStop: FindingKind['weighs'] = {
  'gpu-fell-off-bus': 0.6,
  'gpu-ecc-uncorrectable': 0.6,
  'host-oom': 0.6,
  'gpu-oom': 0.4,
  'disk-full': 0.5,
  'user-code-error': 0.5,
  'framework-bug': 0.4,
  'scheduler-action': 0.7,
  'host-hardware-fault': 0.4,
  'rdma-link-fault': 0.3,
  'nvlink-fabric-error': 0.3,
  'gpu-driver-bug': 0.4,
  'collective-mismatch': 0.3,
  'gpu-clock-throttle': -2,
  'dataloader-stall': -0.7,
};
const stopSource = 'https://arxiv.org/abs/2407.21783 (table 5)';

export const jobStopped: FindingKind = {
  id: 'performance.job.stopped',
  summary: 'The job stopped: no step is done any more',
  role: 'symptom',
  weighs: ofStop,
  source: stopSource,
};

export const jobInterrupted: FindingKind = {
  id: 'performance.job.interrupted',
  summary: 'The job did no step for a while and then went on',
  role: 'symptom',
  weighs: ofStop,
  source: stopSource,
};

export const gpuBelowNominal: FindingKind = {
  id: 'performance.gpu.clock-below-nominal',
  summary: "A busy GPU runs far below its model's nominal clock",
  role: 'symptom',
  weighs: { 'gpu-clock-throttle': 1.2, 'facility-fault': 0.3, 'host-hardware-fault': 0.3 },
  source:
    'https://docs.nvidia.com/deploy/nvml-api/group__nvmlClocksEventReasons.html (hardware slowdown halves clocks or worse)',
};

export const performanceKinds: readonly FindingKind[] = [
  jobSlow,
  jobNormal,
  jobStopped,
  jobInterrupted,
  gpuBelowNominal,
];
