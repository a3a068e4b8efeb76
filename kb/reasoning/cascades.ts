import type { Category } from '../taxonomy.ts';

/**
 * What a cause may bring about that looks like a cause of its own. Evidence of the second that begins clearly after
 * evidence of the first is explained by it. Sources: taxonomy.md's definitions; NVIDIA Xid catalogue for 79 (others
 * follow a lost GPU); NCCL troubleshooting guide (remote ranks report network errors when a peer dies).
 */
const consequences: Readonly<Partial<Record<Category, readonly Category[]>>> = {
  'gpu-fell-off-bus': [
    'nvlink-fabric-error',
    'gpu-driver-bug',
    'rdma-link-fault',
    'framework-bug',
    'user-code-error',
    'nccl-bug',
  ],
  'gpu-ecc-uncorrectable': [
    'gpu-driver-bug',
    'rdma-link-fault',
    'framework-bug',
    'user-code-error',
    'loss-nan-numerics',
    'nccl-bug',
  ],
  'nvlink-fabric-error': ['gpu-driver-bug', 'nccl-bug', 'framework-bug', 'user-code-error', 'rdma-link-fault'],
  'host-hardware-fault': [
    'gpu-fell-off-bus',
    'rdma-link-fault',
    'gpu-clock-throttle',
    'framework-bug',
    'dataloader-stall',
    'collective-mismatch',
  ],
  'rdma-link-fault': ['nccl-bug', 'framework-bug', 'shared-fs-problem', 'user-code-error'],
  'gpu-driver-bug': ['gpu-fell-off-bus', 'framework-bug', 'user-code-error', 'rdma-link-fault'],
  'fabricmanager-not-running': ['nvlink-fabric-error', 'framework-bug'],
  'gpu-oom': ['rdma-link-fault', 'framework-bug', 'user-code-error', 'nccl-bug'],
  // A client or server of a file system that is killed leaves its mount without an answer.
  'host-oom': [
    'rdma-link-fault',
    'dataloader-stall',
    'shared-fs-problem',
    'framework-bug',
    'user-code-error',
    'scheduler-action',
    'nccl-bug',
  ],
  // A rank that can't write its checkpoint ends, and its peers report the connection.
  'disk-full': [
    'checkpoint-corruption',
    'shared-fs-problem',
    'user-code-error',
    'dataloader-stall',
    'rdma-link-fault',
    'framework-bug',
    'nccl-bug',
  ],
  'shared-fs-problem': ['dataloader-stall', 'checkpoint-corruption', 'user-code-error', 'rdma-link-fault'],
  'shm-too-small': ['dataloader-stall', 'user-code-error', 'framework-bug', 'rdma-link-fault'],
  'checkpoint-corruption': ['user-code-error', 'loss-nan-numerics'],
  'dataloader-stall': ['long-rank0-work-timeout'],
  'uneven-data': ['collective-mismatch'],
  'user-code-error': ['rdma-link-fault', 'framework-bug', 'nccl-bug', 'host-oom'],
  'scheduler-action': ['rdma-link-fault', 'framework-bug', 'user-code-error'],
  'facility-fault': ['gpu-clock-throttle', 'host-hardware-fault', 'rdma-link-fault', 'gpu-fell-off-bus'],
};

export function mayBringAbout(first: Category, second: Category): boolean {
  return consequences[first]?.includes(second) ?? false;
}

/**
 * What readings of the same node show besides, as long as the cause lasts. They have no time of their own, so order can
 * not tell them from faults; only what follows by construction stands here: a server on one power supply lowers its clocks,
 * frames larger than an interface takes are counted as damaged, tools of a driver without its libraries answer nothing.
 */
const readingConsequences: Readonly<Partial<Record<Category, readonly Category[]>>> = {
  // What is prepared for containers still lists the GPU. The rank of a GPU that does not answer waits for it in another call
  // than the others.
  'gpu-fell-off-bus': [
    'collective-mismatch',
    'nvlink-fabric-error',
    'gpu-driver-bug',
    'host-hardware-fault',
    'fabricmanager-not-running',
    'container-toolkit-misconfig',
    'cgroup-device-loss',
  ],
  'gpu-ecc-uncorrectable': ['gpu-driver-bug', 'collective-mismatch'],
  'nvlink-fabric-error': ['fabricmanager-not-running', 'collective-mismatch'],
  'host-hardware-fault': ['gpu-clock-throttle', 'gpu-fell-off-bus', 'dataloader-stall', 'cpu-affinity-misconfig'],
  'facility-fault': ['gpu-clock-throttle', 'host-hardware-fault', 'rdma-link-fault'],
  'driver-version-mismatch': [
    'fabricmanager-not-running',
    'gpu-fell-off-bus',
    'container-toolkit-misconfig',
    'cgroup-device-loss',
  ],
  'gpu-driver-bug': ['gpu-fell-off-bus', 'fabricmanager-not-running', 'collective-mismatch'],
  'fabricmanager-not-running': ['nvlink-fabric-error'],
  'mtu-mismatch': ['rdma-link-fault', 'firewall-blocked'],
  'socket-interface-mismatch': ['rendezvous-resolution', 'firewall-blocked', 'mtu-mismatch'],
  'firewall-blocked': ['rendezvous-resolution'],
  'host-oom': ['shared-fs-problem', 'dataloader-stall'],
  'shared-fs-problem': ['dataloader-stall', 'checkpoint-corruption'],
  'disk-full': ['checkpoint-corruption', 'shared-fs-problem'],
};

export function mayShowAs(first: Category, reading: Category): boolean {
  return readingConsequences[first]?.includes(reading) ?? false;
}

export { consequences, readingConsequences };
