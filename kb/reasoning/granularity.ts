import type { Category } from '../taxonomy.ts';

/** The smallest place that a cause of this category can have: a device, a node, or the job as a whole. */
export type Granularity = 'device' | 'node' | 'job';

// What would have to be touched to mend it, by taxonomy.md's own wording.
const granularities: Readonly<Record<Category, Granularity>> = {
  'gpu-fell-off-bus': 'device',
  'gpu-ecc-uncorrectable': 'device',
  'nvlink-fabric-error': 'device',
  'gpu-clock-throttle': 'device',
  'host-hardware-fault': 'node',
  'rdma-link-fault': 'device',
  'gpu-driver-bug': 'device',
  'driver-version-mismatch': 'node',
  'fabricmanager-not-running': 'node',
  'foreign-gpu-process': 'device',
  'gdr-peermem-missing': 'node',
  'acs-iommu-p2p-broken': 'node',
  'roce-gid-misconfig': 'node',
  'mtu-mismatch': 'node',
  'socket-interface-mismatch': 'node',
  'firewall-blocked': 'node',
  'rendezvous-resolution': 'job',
  'rdma-device-missing-in-container': 'node',
  'net-plugin-mismatch': 'job',
  'ulimit-too-low': 'node',
  'nccl-version-mismatch': 'job',
  'nccl-env-misconfig': 'job',
  'nccl-bug': 'job',
  'framework-bug': 'job',
  'launcher-rank-misconfig': 'job',
  'collective-mismatch': 'job',
  'uneven-data': 'job',
  'long-rank0-work-timeout': 'job',
  'gpu-oom': 'device',
  'host-oom': 'node',
  'loss-nan-numerics': 'job',
  'dataloader-stall': 'node',
  'checkpoint-corruption': 'job',
  'shm-too-small': 'node',
  'disk-full': 'node',
  'shared-fs-problem': 'job',
  'container-toolkit-misconfig': 'node',
  'cgroup-device-loss': 'node',
  'permission-misconfig': 'node',
  'cpu-affinity-misconfig': 'node',
  'scheduler-action': 'job',
  'user-code-error': 'job',
  'facility-fault': 'job',
  unlisted: 'job',
};

export function granularity(category: Category): Granularity {
  return granularities[category];
}
