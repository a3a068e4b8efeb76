import { lineDetector } from './line-patterns.ts';

/** The peer-memory module by any of its names, as modprobe, the kernel and those that look for or need it report it. */
export const peermemModule = lineDetector('peermem-module', [
  {
    id: 'peermem.module.absent',
    summary: 'the peer-memory module cannot be loaded, or a library looked for it in vain',
    role: 'cause',
    weighs: { 'gdr-peermem-missing': 6, 'net-plugin-mismatch': 0.7, 'driver-version-mismatch': 0.5 },
    source: 'https://github.com/NVIDIA/nvshmem/blob/main/src/modules/transport/ibrc/ibrc.cpp',
    literals: ['peermem', 'peer_mem', 'peer_memory_client', 'peer memory', 'peer-memory'],
    pattern:
      /neither nv_peer_mem,? (?:or|nor) nvidia[_-]peermem detected|Module nvidia[_-](?:peermem|peer_memory) not found|needs unknown symbol ib_(?:un)?register_peer_memory_client|\b(?:amdgpu|amd|ib)[_-]peer[_-]?mem\w{0,4}\b[^\n]{0,20}(?:not (?:loaded|found|available)|is missing)|\b[Pp]eer[- ][Mm]emory (?:kernel )?(?:module|client|provider|driver)\b[^\n]{0,40}(?:not (?:loaded|found|available|registered)|is missing|does not exist)|\b[Nn]o (?:GPU|GPUDirect|GPUDirect RDMA|RDMA) peer[- ]memory (?:module|client|provider)\b/,
    sees: [
      'ibrc.cpp:nvshmemt_init:1851: neither nv_peer_mem, or nvidia_peermem detected. Skipping transport.',
      'modprobe: FATAL: Module nvidia-peermem not found in directory /lib/modules/5.15.0-91-generic',
      'depmod: WARNING: /lib/modules/3.10.0/extra/nv_peer_mem.ko needs unknown symbol ib_register_peer_memory_client',
      'WARN: disabling GPUDirect RDMA: peer memory module not found',
      'amdgpu_peermem module is not loaded',
    ],
    ignores: ['nvidia_peermem 16384 0', 'loaded nvidia_peermem'],
  },
  {
    id: 'nvshmem.heap.not-registered',
    summary: 'NVSHMEM cannot register its heap on the GPU with the RDMA adapter, as without the peer-memory module',
    role: 'cause',
    weighs: {
      'gdr-peermem-missing': 4.4,
      'ulimit-too-low': 1,
      'driver-version-mismatch': 0.5,
      'acs-iommu-p2p-broken': 0.3,
    },
    source: 'https://github.com/Azure/azhpc-images/issues/316',
    literals: [
      'mem registration failed',
      'register memory handle',
      'register heap handle failed',
      'get memhandle failed',
    ],
    pattern:
      /(?:transport_ib_common|transport_gdr_common|ibrc|ibgda|ibdevx|libfabric|ucx)\.c(?:pp|u):(?:\w{1,60}:)?\d{1,5}: (?:NULL value|non-zero status: \d{1,3}) (?:mem registration failed|Unable to register memory handle)|\bmem\.c(?:pp|u):(?:\w{1,60}:)?\d{1,5}: non-zero status: \d{1,3} (?:transport get memhandle failed|register heap handle failed)/,
    sees: [
      'src/comm/transports/common/transport_ib_common.cpp:58: NULL value mem registration failed',
      'src/comm/transports/ibrc/ibrc.cpp:486: non-zero status: 2 Unable to register memory handle.src/mem/mem.cpp:349: non-zero status: 7 transport get memhandle failed',
      'src/mem/mem.cpp:604: non-zero status: 7 register heap handle failed',
    ],
    ignores: ['UMEM registration failed', 'mem.cpp:604: non-zero status: 7 add physical memory failed'],
  },
]);
