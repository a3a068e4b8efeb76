/** Why faults have fewer forms than others: what is true of the cause, not what nobody has written yet. */
export interface Reason {
  readonly because: string;
  readonly faults: readonly string[];
}

/** Faults that come at once only. */
export const alwaysSudden: readonly Reason[] = [
  {
    because: 'somebody set it, installed it or ended something, at one moment; it is as wrong at first as later',
    faults: [
      'gpu-clock-lock',
      'gpu-power-cap',
      'applications-clock-set',
      'mig-left-on',
      'acs-enabled',
      'iommu-on',
      'mtu-node',
      'governor-powersave',
      'container-runtime-reset',
      'checkpoint-folder-permission',
      'driver-library-mismatch',
      'fabricmanager-version',
      'fabricmanager-stopped',
      'preempted',
      'cancelled-by-user',
      'node-taken-out',
    ],
  },
  {
    because: 'an attempt reads it when it is launched, and keeps it until it ends',
    faults: [
      'double-default-route',
      'firewall-ports',
      'net-plugin-old',
      'rendezvous-stale-hosts',
      'roce-gid-changed',
      'socket-interface-docker0',
      'nccl-version-mixed',
      'nccl-p2p-disabled',
      'nccl-few-channels',
      'nccl-ib-disabled',
      'two-ranks-one-gpu',
      'world-size-wrong',
      'gpu-memory-too-small',
      'checkpoint-truncated',
      'checkpoint-shard-missing',
      'module-missing',
      'wrong-argument',
      'uvm-module-missing',
      'peermem-missing',
      'leftover-process',
      'shm-too-small',
      'fs-not-mounted',
      'cpu-affinity-one-core',
      'numa-crossed',
      'time-limit',
      'memlock-limit',
      'rdma-missing-in-container',
      // What it is off by took weeks; credentials are refused from one launch on.
      'clock-drift',
    ],
  },
  {
    because: 'something breaks or hangs at one moment, and stays so until somebody acts',
    faults: [
      'gpu-ecc-row-remap',
      'gpu-fell-off-bus',
      'gpu-remap-pending',
      'node-power-lost',
      'nvswitch-fatal',
      'hca-firmware-hang',
      'subnet-manager-down',
      // A link is trained with the lanes and the speed that it has then.
      'pcie-width-degraded',
      'ib-rate-low',
      'ib-width-1x',
      // A client that was only cut off for a while is not evicted.
      'lustre-stale',
    ],
  },
  {
    because: 'the cause is there from one moment on, and what it does grows by itself',
    faults: ['host-oom', 'disk-full', 'nofile-limit', 'cgroup-memory-limit', 'loss-nan-fp16'],
  },
  {
    because: 'the cause is there from one moment on, and strikes by itself again and again',
    faults: [
      'ib-port-flap',
      'gpu-riser-loose',
      'gsp-timeout',
      'nccl-bug-hang',
      'framework-async-save-deadlock',
      'uneven-data',
      'cgroup-devices-lost',
    ],
  },
];

/** Faults without a value of their own; each has its place, which is drawn. */
export const withoutRanges: readonly Reason[] = [
  {
    because: 'it is there or it is not: a module, a device, a mount, a file, a board, a service, power',
    faults: [
      'uvm-module-missing',
      'peermem-missing',
      'rdma-missing-in-container',
      'fs-not-mounted',
      'lustre-stale',
      'checkpoint-shard-missing',
      'gpu-fell-off-bus',
      'node-power-lost',
      'subnet-manager-down',
    ],
  },
  {
    because: 'a setting with one wrong value, which names it',
    faults: [
      'socket-interface-docker0',
      'double-default-route',
      'roce-gid-changed',
      'governor-powersave',
      'mig-left-on',
      'fabricmanager-version',
    ],
  },
  {
    because: 'hardware decides how much: half of the clock, one lane, the next lower speed, the whole fabric',
    faults: ['power-unit-brake', 'ib-width-1x', 'ib-rate-low', 'nvswitch-fatal'],
  },
  { because: 'other work of the node sets its rhythm, which is drawn by the seed', faults: ['cgroup-devices-lost'] },
  { because: 'a person does it or not', faults: ['cancelled-by-user'] },
];
