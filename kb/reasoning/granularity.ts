import type { Category } from '../taxonomy.ts';

/**
 * The smallest place that a cause of this category can have: a device, a node, or the job as a whole. `setup` is of the
 * job as well, and may have been set up wrongly on some of its nodes only: a reading of a node places it, a line of a rank
 * does not.
 */
export type Granularity = 'device' | 'node' | 'setup' | 'job';

// What would have to be touched to mend it, by taxonomy.md's own wording.
const granularities: Readonly<Record<Category, Granularity>> = {
  'gpu-fell-off-bus': 'device',
  'gpu-ecc-uncorrectable': 'device',
  'nvlink-fabric-error': 'device',
  'gpu-clock-throttle': 'device',
  'host-hardware-fault': 'device',
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
  'rendezvous-resolution': 'setup',
  'rdma-device-missing-in-container': 'node',
  'net-plugin-mismatch': 'setup',
  'ulimit-too-low': 'node',
  'nccl-version-mismatch': 'setup',
  'nccl-env-misconfig': 'setup',
  'nccl-bug': 'job',
  'framework-bug': 'job',
  'launcher-rank-misconfig': 'setup',
  'collective-mismatch': 'job',
  'uneven-data': 'job',
  'long-rank0-work-timeout': 'job',
  'gpu-oom': 'job',
  'host-oom': 'node',
  'loss-nan-numerics': 'job',
  'dataloader-stall': 'node',
  'checkpoint-corruption': 'job',
  'shm-too-small': 'setup',
  'disk-full': 'node',
  'shared-fs-problem': 'setup',
  'container-toolkit-misconfig': 'device',
  'cgroup-device-loss': 'node',
  'permission-misconfig': 'node',
  'cpu-affinity-misconfig': 'node',
  'scheduler-action': 'setup',
  'user-code-error': 'setup',
  'facility-fault': 'job',
  unlisted: 'job',
};

export function granularity(category: Category): Granularity {
  return granularities[category];
}
