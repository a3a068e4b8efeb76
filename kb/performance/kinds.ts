import type { FindingKind } from '../schemas/finding-kind.ts';
import type { Component } from './detect/verdict.ts';

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
  // Bound to wrong processors, or to slow ones, a job goes on.
  'cpu-affinity-misconfig': -1.5,
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
  weighs: { 'gpu-clock-throttle': 1.2, 'facility-fault': 0.3 },
  echoes: ['metric.gpu.clock.below-siblings'],
  source:
    'https://docs.nvidia.com/deploy/nvml-api/group__nvmlClocksEventReasons.html (hardware slowdown halves clocks or worse)',
};

// Kinds that tell of the same series by another rule (kb/metrics); one of them weighs, not each.
const ofStepTime = ['metric.training.step-time.jumped', 'metric.training.tokens.dropped', jobSlow.id];
const ofClock = ['metric.gpu.clock.below-siblings', gpuBelowNominal.id];

/** Slow against what the job should do: it says nothing about since when, and holds for a job that was always slow. */
export const jobSlowerThanPredicted: FindingKind = {
  id: 'performance.job.slower-than-predicted',
  summary: 'The job is slower than its size, layout and hardware make it',
  role: 'symptom',
  weighs: {
    'gpu-clock-throttle': 0.5,
    'rdma-link-fault': 0.3,
    'dataloader-stall': 0.3,
    'shared-fs-problem': 0.2,
    'foreign-gpu-process': 0.3,
    'nccl-env-misconfig': 0.2,
    'cpu-affinity-misconfig': 0.2,
    'gpu-fell-off-bus': -1,
    'gpu-oom': -1,
    'user-code-error': -0.7,
  },
  echoes: ofStepTime,
  source: 'https://arxiv.org/abs/2411.05349 (section 4.2.2: correct performance from a model; the case study)',
};

export const powerBelowPrediction: FindingKind = {
  id: 'performance.power.below-prediction',
  summary: 'The GPUs of a slow job draw less power than it should make them draw: most of them wait',
  role: 'symptom',
  weighs: { 'gpu-clock-throttle': 0.5, 'rdma-link-fault': 0.3, 'dataloader-stall': 0.4, 'shared-fs-problem': 0.2 },
  echoes: ['metric.job.power.dropped'],
  source: 'https://arxiv.org/abs/2411.05349 (case study: throughput and power against what is right)',
};

export const gpuSlowerThanPeers: FindingKind = {
  id: 'performance.gpu.slower-than-peers',
  summary: 'A busy GPU runs at a lower clock than the GPUs that do the same work',
  role: 'symptom',
  weighs: { 'gpu-clock-throttle': 1, 'facility-fault': 0.2 },
  echoes: ofClock,
  source: 'https://arxiv.org/abs/2411.01791 (Minder, NSDI 2025: a faulty machine differs from its peers)',
};

const componentKind = (
  component: Component,
  summary: string,
  weighs: FindingKind['weighs'],
  echoes: readonly string[] = [],
  componentSource: string = source,
): FindingKind => ({
  id: `performance.component.${component}`,
  summary,
  role: 'symptom',
  weighs,
  echoes,
  source: componentSource,
});

/** What a slowdown is consistent with. The same series may speak through rules of their own: then these are their echo. */
export const componentKinds: Readonly<Record<Component, FindingKind>> = {
  'compute-clock': componentKind(
    'compute-clock',
    "The slowdown is consistent with the slowest GPU's clock",
    { 'gpu-clock-throttle': 0.8, 'facility-fault': 0.2, 'dataloader-stall': -0.5, 'rdma-link-fault': -0.3 },
    [...ofClock, gpuSlowerThanPeers.id],
    'https://docs.nvidia.com/deploy/nvml-api/group__nvmlClocksEventReasons.html',
  ),
  memory: componentKind(
    'memory',
    'The slowdown is consistent with a low memory clock',
    { 'gpu-clock-throttle': 0.5, 'host-hardware-fault': 0.2 },
    [gpuSlowerThanPeers.id],
  ),
  nvlink: componentKind(
    'nvlink',
    'The slowdown is consistent with an NVLink that repeats or moves less than the others',
    { 'nvlink-fabric-error': 0.8, 'dataloader-stall': -0.3 },
    [],
    'https://docs.nvidia.com/datacenter/dcgm/latest/user-guide/feature-overview.html (background health checks)',
  ),
  pcie: componentKind('pcie', 'The slowdown is consistent with a PCIe link below the others', {
    'host-hardware-fault': 0.8,
    'gpu-fell-off-bus': 0.2,
  }),
  network: componentKind(
    'network',
    'The slowdown is consistent with a network port below the others',
    { 'rdma-link-fault': 0.8, 'dataloader-stall': -0.3 },
    ['metric.ib.link-downed.rose', 'metric.ib.errors.rose'],
  ),
  input: componentKind('input', 'The slowdown is consistent with ranks that wait for their input', {
    'dataloader-stall': 0.8,
    'shared-fs-problem': 0.5,
    'gpu-clock-throttle': -0.7,
    'rdma-link-fault': -0.5,
  }),
  checkpoint: componentKind('checkpoint', 'A checkpoint takes far longer than the earlier ones of the same job', {
    'shared-fs-problem': 0.8,
    'disk-full': 0.3,
    'gpu-clock-throttle': -0.3,
  }),
  unknown: componentKind('unknown', 'The job is slow and nothing that is measured explains it', {}),
};

export const performanceKinds: readonly FindingKind[] = [
  jobSlow,
  jobNormal,
  jobStopped,
  jobInterrupted,
  gpuBelowNominal,
  jobSlowerThanPredicted,
  powerBelowPrediction,
  gpuSlowerThanPeers,
  ...Object.values(componentKinds),
];
