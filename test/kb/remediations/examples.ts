import type { PlanSite } from '../../../kb/schemas/remediation.ts';
import type { Finding, RankedCause } from '../../../workflows/domain/finding.ts';

export const device = { kind: 'gpu', index: 3, name: '00000000:47:00.0' } as const;
const hca = { kind: 'hca', name: 'mlx5_2' } as const;

function causeOf(category: RankedCause['category'], where: Pick<RankedCause, 'device'> = {}): RankedCause {
  return { category, node: 'node-07', ...where, probability: 0.97, because: [] };
}

export const cause: RankedCause = causeOf('gpu-clock-throttle', { device });

export const site: PlanSite = {
  management: { name: 'mgmt-01' },
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

export const counting = finding('ib.counter.growing', { counter: 'LinkDownedCounter', count: 57 }, { device: hca });
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

/** The scheduler was asked, and no job runs on the node. */
export const nodeFree = ofNode('scheduler.job.none', {}, 'context');
const drainedBySlurm = ofNode(
  'scheduler.node.taken-out',
  { states: 'IDLE+DRAIN', reason: 'Kill task failed' },
  'context',
);
const drainedByKim = ofNode('scheduler.node.taken-out', { states: 'IDLE+DRAIN', reason: 'kim: new fan' }, 'context');
export const silent = ofNode('net.node.silent', { lossShare: 1 }, 'symptom');
const isOn = ofNode('bmc.chassis.on', { power: 'on' }, 'clean');
const isOff = ofNode('bmc.host-off', { power: 'off' }, 'symptom');
export const gsp = finding('nvidia.xid.119');
export const failedService = (service: string, area = 'other') =>
  ofNode(`host.services.${area}`, { service }, 'symptom');
const closed = ofNode('kubernetes.node.closed-to-pods', {}, 'context');
const elsewhere = (one: Finding): Finding => ({ ...one, node: 'node-08' });
const ofHca = (kind: string, role: Finding['role'] = 'cause') => finding(kind, {}, { device: hca, role });
const mtuLow = finding(
  'net.mtu.unlike-siblings',
  { name: 'mtuBytes', measured: 1500, median: 9000, siblings: 31, spread: 0, unit: 'bytes' },
  { device: { kind: 'hca', name: 'eth0' } },
);
export const leftover = finding('gpu.process.foreign', {
  pid: 21_037,
  startTicks: 8_301_522,
  processName: 'python3',
  memoryMib: 20_000,
});

interface Examples {
  readonly cause: RankedCause;
  readonly applies: readonly Finding[];
  /** Findings that are next to the precondition and must not be taken for it. */
  readonly not: readonly (readonly Finding[])[];
  /** What a probe reads once the repair is done: with it, the repair no longer applies. */
  readonly done?: readonly Finding[];
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
  'gpu.application-clocks.reset': {
    cause,
    applies: [
      finding('gpu.application-clock.below-default', {
        applicationMhz: 765,
        applicationDefaultMhz: 1410,
        applicationMemoryMhz: 1593,
      }),
    ],
    not: [
      [],
      [finding('gpu.application-clock.below-siblings', { applicationMhz: 765, siblingsMhz: 1410 })],
      [finding('gpu.application-clock.below-default', { applicationMhz: 765, applicationDefaultMhz: 1410 })],
    ],
    done: [ofNode('gpu.application-clock.default', {}, 'clean')],
  },
  'gpu.persistence.enable': {
    cause: causeOf('gpu-driver-bug', { device }),
    applies: [finding('gpu.persistence.off', {}, { role: 'context' }), finding('nvidia.gpu.init-failed'), jobFailed],
    not: [
      [],
      [finding('gpu.persistence.off', {}, { role: 'context' })],
      [finding('nvidia.gpu.init-failed')],
      [finding('gpu.persistence.off', {}, { device: { ...device, index: 4 } }), finding('nvidia.gpu.init-failed')],
    ],
    done: [ofNode('gpu.persistence.on', {}, 'clean')],
  },
  'gpu.compute-mode.default': {
    cause: causeOf('permission-misconfig', { device }),
    applies: [finding('gpu.compute-mode.prohibited', { computeMode: 'Prohibited' }), jobFailed],
    not: [
      [],
      [finding('gpu.compute-mode.prohibited')],
      [finding('gpu.compute-mode.prohibited', { computeMode: 'Prohibited' }, { device: { ...device, index: 4 } })],
    ],
    done: [ofNode('gpu.compute-mode.default', {}, 'clean')],
  },
  'gpu.mig.disable': {
    cause: causeOf('container-toolkit-misconfig', { device }),
    applies: [finding('gpu.mig.on-among-others', { migMode: 'Enabled', migModePending: 'Enabled' }), jobFailed],
    not: [
      [nodeFree],
      [finding('gpu.mig.on-everywhere'), nodeFree],
      [finding('gpu.mig.on-among-others')],
      [finding('gpu.mig.on-among-others'), jobRuns],
    ],
    done: [ofNode('gpu.mig.off', {}, 'clean')],
  },
  'gpu.process.kill-leftover': {
    cause: causeOf('foreign-gpu-process', { device }),
    // nvidia-smi names the process too, and does not tell when it was started.
    applies: [leftover, finding('gpu.process.foreign', { pid: 21_037, processName: 'python3' }), jobFailed],
    not: [
      [],
      [finding('gpu.process.foreign', { pid: 21_037, processName: 'python3' })],
      [finding('gpu.process.foreign', { pid: 1.5, startTicks: 12 })],
      [elsewhere(leftover)],
      [{ ...leftover, device: { ...device, index: 4 } }],
      [finding('gpu.process.several-of-job', { processes: 2, siblingsProcesses: 1 })],
    ],
    done: [ofNode('gpu.holders.of-jobs', {}, 'clean')],
  },
  'gpu.reset': {
    cause: eccCause,
    applies: [eccPending, jobFailed],
    not: [
      [eccPending],
      [nodeFree],
      [eccPending, jobRuns],
      [eccPending, eccFailed, nodeFree],
      [eccPending, leftover, nodeFree],
      [eccPending, finding('nvidia.xid.79'), nodeFree],
      [{ ...eccPending, device: { ...device, index: 4 } }, nodeFree],
      [finding('gpu.ecc.uncorrectable-earlier', {}, { role: 'context' }), nodeFree],
    ],
    done: [ofNode('gpu.row-remap.none-pending', {}, 'clean')],
  },
  'fabricmanager.restart': {
    cause: causeOf('fabricmanager-not-running'),
    applies: [ofNode('fabricmanager.service.not-active', { state: 'failed' }), jobFailed],
    not: [
      [],
      [ofNode('nvlink.node.all-inactive')],
      [ofNode('fabricmanager.service.not-active'), ofNode('fabricmanager.config-invalid')],
      [ofNode('fabricmanager.service.not-active'), ofNode('fabricmanager.version-mismatch')],
    ],
    done: [ofNode('fabricmanager.service.active', {}, 'clean')],
  },
  'persistenced.restart': {
    cause: causeOf('driver-version-mismatch'),
    applies: [ofNode('nvidia.persistenced.failed'), jobFailed],
    not: [
      [],
      [failedService('nvidia-dcgm', 'gpu')],
      [ofNode('nvidia.persistenced.failed'), ofNode('gpu.driver.version-mismatch')],
    ],
  },
  'dcgm.restart': {
    cause: causeOf('unlisted'),
    applies: [failedService('nvidia-dcgm', 'gpu')],
    not: [[], [failedService('nvidia-persistenced', 'gpu')], [elsewhere(failedService('nvidia-dcgm', 'gpu'))]],
    done: [ofNode('host.services.none-failed', {}, 'clean')],
  },
  'clock-sync.restart': {
    cause: causeOf('permission-misconfig'),
    applies: [ofNode('host.clock.not-synchronised', { offMs: 0, stratum: 0 }, 'symptom')],
    not: [[], [ofNode('host.clock.right', {}, 'clean')]],
    done: [ofNode('host.clock.right', {}, 'clean')],
  },
  'service.restart': {
    cause: causeOf('container-toolkit-misconfig'),
    applies: [failedService('docker', 'containers'), jobFailed],
    not: [
      [],
      [failedService('sshd'), nodeFree],
      [failedService('docker; reboot', 'containers'), nodeFree],
      [failedService('docker', 'containers')],
      [failedService('docker', 'containers'), jobRuns],
    ],
    done: [ofNode('host.services.none-failed', {}, 'clean')],
  },
  'peermem.load': {
    cause: causeOf('gdr-peermem-missing'),
    applies: [ofNode('modules.peermem.missing'), jobRuns],
    not: [
      [],
      [ofNode('modules.uvm.missing')],
      [ofNode('modules.peermem.missing'), ofNode('modules.nvidia.missing')],
      [elsewhere(ofNode('modules.peermem.missing'))],
    ],
    done: [ofNode('modules.node.complete', {}, 'clean')],
  },
  'uvm.load': {
    cause: causeOf('driver-version-mismatch'),
    applies: [ofNode('modules.uvm.missing'), jobFailed],
    not: [[], [ofNode('modules.nvidia.missing')], [ofNode('modules.uvm.missing'), ofNode('modules.nvidia.missing')]],
    done: [ofNode('modules.node.complete', {}, 'clean')],
  },
  'shm.clear': {
    cause: causeOf('shm-too-small'),
    applies: [ofNode('disk.space.shm-full'), ofNode('host.shm.leftover', {}, 'symptom'), jobFailed],
    not: [[], [ofNode('container.mounts.shm-default')], [elsewhere(ofNode('disk.space.shm-full'))]],
    done: [ofNode('disk.space.enough', {}, 'clean'), ofNode('host.shm.tidy', {}, 'clean')],
  },
  'fs.remount': {
    cause: causeOf('shared-fs-problem'),
    applies: [ofNode('fs.stale.handle', { mount: '/lustre' }), jobFailed],
    not: [
      [],
      [ofNode('fs.nfs.slow', { mount: '/lustre' })],
      [ofNode('fs.stale.handle', { mount: '/lustre' })],
      [ofNode('fs.stale.hangs', { mount: '/lustre' }), jobRuns],
      [ofNode('fs.mounts.missing', { mount: '/lustre/../etc' })],
      [ofNode('fs.mounts.missing', { mount: '/a b' })],
    ],
    done: [ofNode('fs.stale.answers', { mount: '/lustre' }, 'clean')],
  },
  'ib.port.enable': {
    cause: linkCause,
    applies: [ofHca('ib.port.administratively-down', 'context'), jobFailed],
    not: [
      [],
      [ofHca('ib.port.down')],
      [ofHca('ib.port.administratively-down', 'context'), counting],
      [elsewhere(ofHca('ib.port.administratively-down', 'context'))],
    ],
    done: [ofHca('ib.port-state.active', 'clean')],
  },
  'link.mtu.restore': {
    cause: causeOf('mtu-mismatch'),
    applies: [mtuLow, jobFailed],
    not: [
      [],
      [finding('net.mtu.unlike-siblings', { interface: 'eth0', mtuBytes: 1500 })],
      [elsewhere(mtuLow)],
      [{ ...mtuLow, device: { kind: 'hca', name: 'eth0; reboot' } }],
      [{ ...mtuLow, values: { ...mtuLow.values, median: 1500 } }],
    ],
    done: [ofNode('net.mtu.as-siblings', {}, 'clean')],
  },
  'cpu-governor.performance': {
    cause: causeOf('dataloader-stall'),
    applies: [ofNode('host.cpu-governor.saving', { governor: 'powersave', currentMhz: 1200 }, 'context')],
    not: [
      [],
      [ofNode('host.cpu-governor.held-back', { governor: 'performance' }, 'symptom')],
      [ofNode('host.cpu-governor.saving', { governor: 'performance powersave' }, 'context')],
    ],
    done: [ofNode('host.cpu-governor.fast', { governor: 'performance' }, 'clean')],
  },
  'config.revert': {
    cause: causeOf('cgroup-device-loss'),
    applies: [ofNode('docker.config.systemd-cgroups', {}, 'symptom'), jobFailed],
    not: [
      [],
      [ofNode('fabricmanager.config-invalid')],
      [ofNode('docker.config.systemd-cgroups', {}, 'symptom')],
      [ofNode('docker.config.systemd-cgroups', {}, 'symptom'), jobRuns],
    ],
    done: [ofNode('docker.config.usual', {}, 'clean')],
  },
  'firewall.revert': {
    cause: causeOf('firewall-blocked'),
    applies: [ofNode('net.firewall.drops', { chain: 'INPUT' }), jobFailed],
    not: [[], [ofNode('net.firewall.drops-services', {}, 'context')], [elsewhere(ofNode('net.firewall.drops'))]],
    done: [ofNode('net.firewall.open', {}, 'clean')],
  },
  'job.requeue-without-node': {
    cause: causeOf('gpu-driver-bug', { device }),
    applies: [gsp, jobRuns],
    not: [
      [],
      [gsp],
      [jobRuns],
      [gsp, jobWith({ requeueable: 'no' })],
      [gsp, jobWith({ restarts: 3 })],
      [elsewhere(gsp), jobRuns],
    ],
  },
  'node.resume': {
    cause: causeOf('scheduler-action'),
    applies: [drainedBySlurm, jobFailed],
    not: [
      [],
      [drainedByKim],
      [ofNode('scheduler.node.taken-out', {}, 'context')],
      [drainedBySlurm, silent],
      [drainedBySlurm, eccFailed],
      [drainedBySlurm, ofNode('scheduler.maintenance.active', {}, 'context')],
    ],
    done: [ofNode('scheduler.node.in-service', {}, 'clean')],
  },
  'node.uncordon.kubernetes': {
    cause: causeOf('scheduler-action'),
    applies: [closed],
    not: [
      [],
      [closed, silent],
      [closed, eccFailed],
      [closed, ofNode('kubernetes.node.not-ready', {}, 'symptom')],
      [elsewhere(closed)],
    ],
    done: [ofNode('kubernetes.node.ready', {}, 'clean')],
  },
  'node.drain.kubernetes': {
    cause: eccCause,
    applies: [eccFailed, ofNode('kubernetes.node.gpus-unhealthy', {}, 'symptom')],
    not: [
      [eccFailed],
      [ofNode('kubernetes.node.gpus-unhealthy', {}, 'symptom')],
      [eccFailed, ofNode('kubernetes.node.ready', {}, 'clean'), ofNode('scheduler.node.in-service', {}, 'clean')],
    ],
    done: [closed],
  },
  'node.reboot': {
    cause: causeOf('gpu-driver-bug', { device }),
    applies: [gsp, jobFailed],
    not: [
      [nodeFree],
      [gsp],
      [gsp, jobRuns],
      [gsp, nodeFree, silent],
      [gsp, nodeFree, drainedByKim],
      [elsewhere(gsp), nodeFree],
    ],
  },
  'node.power-on': {
    cause: causeOf('facility-fault'),
    applies: [isOff, silent, jobFailed],
    not: [
      [],
      [silent],
      [isOff, ofNode('bmc.event.switched-off')],
      [isOff, ofNode('bmc.event.thermal-trip')],
      [elsewhere(isOff)],
    ],
    done: [isOn],
  },
  'node.power-cycle': {
    cause: causeOf('host-hardware-fault'),
    applies: [silent, isOn, jobFailed],
    not: [
      [],
      [silent],
      [isOn],
      [silent, isOff],
      [silent, isOn, ofNode('bmc.event.memory-uncorrectable')],
      [finding('gpu.presence.missing')],
      [finding('gpu.presence.missing'), jobRuns],
    ],
    done: [ofNode('net.node.answers', {}, 'clean')],
  },
  'node.hand-over-hardware': {
    cause: causeOf('host-hardware-fault'),
    applies: [silent, ofNode('bmc.event.memory-uncorrectable'), jobFailed],
    not: [[], [jobFailed], [elsewhere(silent)]],
  },
};

/** Of what only people can do. */
export const askedCause: RankedCause = causeOf('nccl-bug');
