import { lineDetector } from './line-patterns.ts';

const nvshmem = 'https://github.com/NVIDIA/nvshmem/tree/devel/src';
const deepep = 'https://github.com/deepseek-ai/DeepEP/tree/main/csrc';
const mscclpp = 'https://github.com/microsoft/mscclpp/tree/main/src/core';

/** Libraries whose GPUs send by themselves: NVSHMEM, DeepEP on top of it or of NCCL, and MSCCL++. */
export const gpuInitiated = lineDetector('gpu-initiated', [
  {
    id: 'nvshmem.part.foreign',
    summary: 'parts of NVSHMEM, or what it is linked with, are of different releases',
    role: 'cause',
    weighs: { 'net-plugin-mismatch': 2.6, 'framework-bug': 1.4, 'nccl-version-mismatch': 1.4, 'user-code-error': 0.8 },
    source: nvshmem,
    literals: [
      'is not compatible with nvshmem version',
      'uid bootstrap versions not compatible',
      'returned an incompatible version',
      'incompatible version of the transport interface',
      'nccl compile-time and runtime versions must be the same',
    ],
    pattern:
      /bootstrap version \([^)\n]{1,20}\) is not compatible with NVSHMEM version|UID Bootstrap versions not compatible|bootstrap returned an incompatible version|NVSHMEM provided an incompatible version of the transport interface|NCCL compile-time and runtime versions must be the same/,
    sees: [
      'MPI bootstrap version (3.1.7) is not compatible with NVSHMEM version (3.4.5)',
      'Assertion failed: Prior to NCCL 2.31, NCCL compile-time and runtime versions must be the same. Please re-compile DeepEP.',
    ],
    ignores: ['NVSHMEM version 3.4.5'],
  },
  {
    id: 'nvshmem.bootstrap.not-loaded',
    summary: 'NVSHMEM cannot load the library through which its processes first meet',
    role: 'cause',
    weighs: { 'user-code-error': 1.8, 'net-plugin-mismatch': 1.6, 'framework-bug': 1, 'launcher-rank-misconfig': 0.8 },
    source: `${nvshmem}/modules/bootstrap`,
    literals: [
      'bootstrap library dlopen failed',
      "bootstrap unable to load '",
      "bootstrap failed to get symbol '",
      'bootstrap plugin',
    ],
    pattern:
      /Bootstrap library dlopen failed|Bootstrap unable to load '|Bootstrap failed to get symbol '|Bootstrap plugin (?:pre)?init failed/,
    sees: [
      "Bootstrap unable to load 'nvshmem_bootstrap_mpi.so'  nvshmem_bootstrap_mpi.so: cannot open shared object file: No such file or directory",
    ],
    ignores: ['Bootstrap plugin finalize done'],
  },
  {
    id: 'nvshmem.transport.none',
    summary: 'NVSHMEM finds no card or transport for the way between nodes',
    role: 'cause',
    weighs: {
      'rdma-device-missing-in-container': 2.4,
      'net-plugin-mismatch': 1.6,
      'gdr-peermem-missing': 1.2,
      'nccl-env-misconfig': 0.8,
      'rdma-link-fault': 0.6,
    },
    source: `${nvshmem}/modules/transport`,
    literals: ['unable to initialize any transports', 'rma not supported on transport to pe'],
    pattern: /Unable to initialize any transports|\[\d{1,6}\] rma not supported on transport to pe/,
    sees: [
      '/src/host/transport/transport.cpp:420: non-zero status: 7 Unable to initialize any transports. returning error.',
      '[3] rma not supported on transport to pe: 9',
    ],
    ignores: ['Unable to dlopen libmlx5dv. Disabling directNIC features.'],
  },
  {
    id: 'nvshmem.verbs.absent',
    summary: 'NVSHMEM finds no verbs library and leaves that transport out',
    role: 'context',
    weighs: { 'rdma-device-missing-in-container': 1.2, 'net-plugin-mismatch': 0.5 },
    source: `${nvshmem}/modules/transport`,
    literals: ['unable to dlopen libibverbs. skipping'],
    pattern: /Unable to dlopen libibverbs\. Skipping/,
    sees: [
      '/src/modules/transport/ibgda/ibgda.cpp:4530: NULL value Unable to dlopen libibverbs. Skipping IBGDA transport.',
    ],
    ignores: ['Unable to dlopen libmlx5dv. Disabling directNIC features.'],
  },
  {
    id: 'nvshmem.gpu-memory.refused',
    summary: 'NVSHMEM cannot register GPU memory, or map the card’s doorbell for the GPU',
    role: 'cause',
    weighs: {
      'gdr-peermem-missing': 2.2,
      'driver-version-mismatch': 1,
      'permission-misconfig': 0.6,
      'net-plugin-mismatch': 0.8,
      'ulimit-too-low': 0.5,
    },
    source: `${nvshmem}/modules/transport/ibgda/ibgda.cpp`,
    literals: [
      'unable to register memory for ibgda',
      'cudahostregister with iomemory failed',
      'efa provider requires gdrcopy',
      'gpudirect rdma with cuda vmm is not supported',
    ],
    pattern:
      /Unable to register memory for IBGDA transport|cudaHostRegister with IoMemory failed|EFA Provider requires GDRCopy, but|GPUDirect RDMA with CUDA VMM is not supported on this device/,
    sees: [
      'WARN: cudaHostRegister with IoMemory failed with error=800. We may need to use a fallback path.',
      'Unable to register memory for IBGDA transport.',
    ],
    ignores: ['memory registered for IBGDA transport'],
  },
  {
    id: 'nvshmem.queue.refused',
    summary: 'a queue that GPUs fill by themselves could not be made or ended with an error',
    role: 'cause',
    weighs: {
      'rdma-link-fault': 1.4,
      'roce-gid-misconfig': 1.4,
      'net-plugin-mismatch': 1.2,
      'gdr-peermem-missing': 0.8,
      'nccl-bug': 0.4,
    },
    source: `${nvshmem}/modules/transport`,
    literals: ['error in mlx5dv_devx_obj_modify', 'got ibdevx completion with error', 'unable to set qp to state'],
    pattern:
      /Error in mlx5dv_devx_obj_modify for \w{6,16} with syndrome|Got ibdevx completion with error|Unable to set qp to state \w{3,5} with errno/,
    sees: ['Error in mlx5dv_devx_obj_modify for INIT2RTR_QP with syndrome 4a2c01'],
    ignores: ['mlx5dv_devx_obj_modify ok'],
  },
  {
    id: 'nvshmem.processes.unequal',
    summary: 'nodes run different numbers of processes, which NVSHMEM does not take',
    role: 'cause',
    weighs: { 'launcher-rank-misconfig': 4.6, 'container-toolkit-misconfig': 0.6 },
    source: `${nvshmem}/host/init/init.cu`,
    literals: ['requires the same number of pes on all nodes', 'rank count is not divisible by ipc domain size'],
    pattern: /NVSHMEM requires the same number of PEs on all nodes|rank count is not divisible by IPC domain size/,
    sees: ['NVSHMEM requires the same number of PEs on all nodes (8 PEs on node-03)'],
    ignores: ['NVSHMEM runs with 16 PEs'],
  },
  {
    id: 'deepep.wait.timed-out',
    summary: 'an exchange of tokens between experts waited for another rank until its time was over',
    role: 'symptom',
    weighs: {
      'rdma-link-fault': 0.8,
      'collective-mismatch': 0.7,
      'framework-bug': 0.6,
      'nvlink-fabric-error': 0.4,
      'uneven-data': 0.3,
    },
    source: deepep,
    literals: ['deepep'],
    pattern:
      /DeepEP (?:(?:PP|Gin|NVLink|RDMA|hybrid|combine|dispatch|notify) [^\n]{0,80})?timeout\b|DeepEP error: (?:CPU recv timeout|timeout)|DeepEP timeout (?:check failed|for )/,
    sees: [
      'DeepEP dispatch RDMA sender timeout, channel: 3, RDMA: 1, nvl: 5, dst RDMA lane: 0, head: 12, tail: 9',
      'RuntimeError: DeepEP error: CPU recv timeout',
      'DeepEP timeout for combine receivers, rank 3, responsible_channel = 2, expect = 7',
    ],
    ignores: ['DeepEP initialized with NCCL version: 2.30.4 (loaded library)'],
  },
  {
    id: 'deepep.cache.damaged',
    summary: 'the store of compiled kernels is damaged or only half written, as where many nodes write one directory',
    role: 'cause',
    weighs: { 'shared-fs-problem': 2.2, 'framework-bug': 1.4, 'disk-full': 1, 'user-code-error': 0.4 },
    source: `${deepep}/jit/cache.hpp`,
    literals: ['corrupted jit cache directory'],
    pattern: /Corrupted JIT cache directory/,
    sees: [
      'RuntimeError: Corrupted JIT cache directory (missing kernel.cu or kernel.cubin): /opt/job/.deep_ep/cache/k, please run `rm -rf /opt/job/.deep_ep/cache/k` and restart your task.',
    ],
    ignores: ['JIT cache directory: /opt/job/.deep_ep/cache'],
  },
  {
    id: 'mscclpp.start.timed-out',
    summary: 'processes of MSCCL++ do not reach each other over TCP',
    role: 'cause',
    weighs: {
      'firewall-blocked': 1.8,
      'socket-interface-mismatch': 2.2,
      'rendezvous-resolution': 0.8,
      'launcher-rank-misconfig': 1,
    },
    source: `${mscclpp}/bootstrap`,
    literals: ['tcpbootstrap connection timeout', 'failed to find network interfaces'],
    pattern: /TcpBootstrap connection timeout|mscclpp[^\n]{0,80}Failed to find network interfaces/i,
    sees: ['mscclpp._mscclpp.Error: (Mscclpp failure: Timeout) TcpBootstrap connection timeout'],
    ignores: ['TcpBootstrap connected'],
  },
  {
    id: 'mscclpp.card.absent',
    summary: 'MSCCL++ finds no RDMA card, or fewer than it was told of',
    role: 'cause',
    weighs: {
      'rdma-device-missing-in-container': 3,
      'nccl-env-misconfig': 1,
      'rdma-link-fault': 0.8,
      'net-plugin-mismatch': 0.8,
    },
    source: `${mscclpp}/ib.cc`,
    literals: ['mscclpp'],
    pattern:
      /mscclpp[^\n]{0,120}(?:IB device not found|IB transport out of range|Failed to open libibverbs|No IB devices? )/i,
    sees: ['mscclpp._mscclpp.Error: (Mscclpp failure: InvalidUsage) IB transport out of range: 3 >= 1'],
    ignores: ['mscclpp: IB device mlx5_0 found'],
  },
  {
    id: 'rccl.driver.ill',
    summary: 'the management library or the runtime of AMD GPUs fails inside RCCL',
    role: 'cause',
    weighs: {
      'driver-version-mismatch': 2.2,
      'container-toolkit-misconfig': 1.8,
      'permission-misconfig': 1,
      'gpu-fell-off-bus': 0.8,
    },
    source: 'https://github.com/ROCm/rccl/blob/develop/src/misc/rocm_smi_wrap.cc',
    literals: ['rocm smi init failure', 'arsmi failure', "rocr failure '", 'device index not found'],
    pattern:
      /ROCm SMI init failure|\bARSMI failure \d|ROCr failure '|(?:rocm_smi_lib|ARSMI_lib): \S{1,60} device index not found/,
    sees: ['node-03:1:2 [0] misc/rocm_smi_wrap.cc:40 NCCL WARN ROCm SMI init failure RSMI_STATUS_INIT_ERROR'],
    ignores: ['node-03:1:2 [0] NCCL INFO rocm_smi_lib: version 5.0.0'],
  },
]);
