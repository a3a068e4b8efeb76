import type { PlanSite } from '../../../kb/schemas/remediation.ts';
import type { Finding, RankedCause } from '../../../workflows/domain/finding.ts';

export const device = { kind: 'gpu', index: 3, name: '00000000:47:00.0' } as const;
const hca = { kind: 'hca', name: 'mlx5_2' } as const;

function causeOf(category: RankedCause['category'], where: Pick<RankedCause, 'device'> = {}): RankedCause {
  return { category, node: 'node-07', ...where, probability: 0.97, because: [] };
}

export const cause: RankedCause = causeOf('gpu-clock-throttle', { device });

export const site: PlanSite = {
  nodes: ['node-07', 'node-08'].map((name) => ({
    name,
    gpus: Array.from({ length: 8 }, (_one, index) => ({
      index,
      uuid: `GPU-94da3560-9d64-1e21-4009-21c37101b27${index}`,
    })),
    hcas: [0, 1, 2, 3].map((at) => ({ name: `mlx5_${at}`, port: 1 })),
  })),
};

export function finding(kind: string, values: Finding['values'] = {}, over: Partial<Finding> = {}): Finding {
  return {
    id: `fi_${kind}`,
    kind,
    role: 'cause',
    node: 'node-07',
    device,
    count: 1,
    range: { evidenceId: 'ev_0', source: 'probe gpu.clocks on node-07' },
    text: kind,
    values,
    ...over,
  };
}

/** A finding of the node as a whole. */
export function ofNode(kind: string, values: Finding['values'] = {}, role: Finding['role'] = 'cause'): Finding {
  const { device: _none, ...rest } = finding(kind, values, { role });
  return rest;
}

export const locked = finding('gpu.clock.locked-low', { smMhz: 210, smMaxMhz: 1410 });
export const limited = finding('gpu.power.limit-below-default', { powerLimitWatts: 150, defaultPowerLimitWatts: 400 });

const jobValues = {
  jobId: 4242,
  state: 'FAILED',
  restarts: 0,
  requeueable: 'yes',
  onNode: 'yes',
  minMemoryMib: 512_000,
};
export const jobFailed = ofNode('scheduler.job.failed', jobValues, 'symptom');
export const jobRuns = ofNode('scheduler.job.running', { ...jobValues, state: 'RUNNING' }, 'clean');
export const jobWith = (values: Finding['values']) =>
  ofNode('scheduler.job.failed', { ...jobValues, ...values }, 'symptom');

export const eccFailed = finding('gpu.row-remap.failure', { remappedUncorrectable: 9 });
export const eccPending = finding('gpu.row-remap.pending', { remappedUncorrectable: 1 });
export const eccCause = causeOf('gpu-ecc-uncorrectable', { device });

export const counting = finding('ib.counter.errors', { counter: 'LinkDownedCounter', count: 57 }, { device: hca });
export const linkCause = causeOf('rdma-link-fault', { device: hca });

// 1,007.6 GiB of a 1 TiB host.
export const memoryLow = ofNode('host.memory.low', { availableKib: 2_000_000, totalKib: 1_056_554_000 });
export const memoryCause = causeOf('host-oom');

export const scratchFull = finding(
  'disk.space.full',
  { mount: '/scratch', availableKib: 0, totalKib: 1_000_000 },
  { device: { kind: 'disk', name: '/dev/nvme0n1' } },
);
export const policyOf = (policy: string, reclaimableKib: number, mount = '/scratch') =>
  ofNode('disk.reclaimable.some', { policy, mount, reclaimableKib, files: 12, heldFiles: 0 }, 'context');
export const diskCause = causeOf('disk-full');

interface Examples {
  readonly cause: RankedCause;
  readonly applies: readonly Finding[];
  /** Findings that are next to the precondition and must not be taken for it. */
  readonly not: readonly (readonly Finding[])[];
}

/** For each remediation: a cause and findings on which it applies, and some that are next to them. */
export const examplesOf: Readonly<Record<string, Examples>> = {
  'gpu.clocks.unlock': {
    cause,
    applies: [locked],
    not: [
      [],
      [finding('gpu.clock.below-siblings', { smMhz: 1200 })],
      [locked, finding('gpu.temperature.high', { temperatureCelsius: 91 })],
      [locked, finding('gpu.throttle.power-brake')],
      [finding('gpu.clock.thermal', { smMhz: 700 })],
      [finding('gpu.clock.locked-low', { smMhz: 210 }, { node: 'node-08' })],
      [finding('gpu.clock.locked-low', { smMhz: 210 }, { device: { ...device, index: 4 } })],
      [finding('gpu.clock.locked-low')],
      [finding('gpu.clock.locked-low', { smMhz: 20 })],
    ],
  },
  'gpu.power-limit.restore': {
    cause,
    applies: [limited],
    not: [
      [],
      [locked],
      [finding('gpu.power.limit-below-default-everywhere', { powerLimitWatts: 300 })],
      [finding('gpu.power.limit-below-default', { powerLimitWatts: 150 })],
      [limited, finding('gpu.clock.power-brake')],
      [limited, finding('gpu.throttle.thermal')],
    ],
  },
  'node.drain.hardware': {
    cause: eccCause,
    applies: [eccFailed, jobFailed],
    not: [
      [jobFailed],
      [{ ...eccFailed, node: 'node-08' }],
      [{ ...eccFailed, device: { ...device, index: 4 } }],
      [finding('gpu.ecc.uncorrectable-earlier', {}, { role: 'context' })],
      [finding('gpu.clock.locked-low')],
    ],
  },
  'ib.port.disable-and-reroute': {
    cause: linkCause,
    applies: [counting, jobRuns],
    not: [
      [jobRuns],
      [{ ...counting, node: 'node-08' }],
      [{ ...counting, device: { kind: 'hca', name: 'mlx5_1' } }],
      [counting, finding('ib.port.administratively-down', {}, { device: hca, role: 'context' })],
    ],
  },
  'job.requeue-with-limits': {
    cause: memoryCause,
    applies: [memoryLow, jobFailed],
    not: [
      [memoryLow],
      [jobFailed],
      [memoryLow, jobWith({ restarts: 3 })],
      [memoryLow, jobWith({ requeueable: 'no' })],
      [memoryLow, jobWith({ onNode: 'no' })],
      [memoryLow, jobWith({ minMemoryMib: 928_611 })],
      [{ ...memoryLow, node: 'node-08' }, jobFailed],
      [ofNode('host.memory.low'), jobFailed],
    ],
  },
  'space.free-by-policy': {
    cause: diskCause,
    applies: [scratchFull, policyOf('old-checkpoints', 80_000), jobFailed],
    not: [
      [],
      [scratchFull],
      [policyOf('old-checkpoints', 80_000)],
      [scratchFull, policyOf('old-checkpoints', 49_999)],
      [scratchFull, policyOf('core-dumps', 80_000, '/')],
      [{ ...scratchFull, node: 'node-08' }, policyOf('old-checkpoints', 80_000)],
      [scratchFull, policyOf('../policy', 80_000)],
    ],
  },
};
