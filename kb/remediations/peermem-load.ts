import { loadModule } from './module-load.ts';

/** Lets RDMA adapters reach the memory of GPUs. */
export const peermemLoad = loadModule({
  id: 'peermem.load',
  summary: 'load the kernel module by which RDMA adapters reach the memory of GPUs',
  categories: ['gdr-peermem-missing'],
  precondition:
    'a probe read the list of kernel modules, and nvidia_peermem is not on it while the driver and RDMA are',
  effect: 'RDMA adapters read and write the memory of GPUs without a copy',
  source: 'https://docs.nvidia.com/cuda/gpudirect-rdma/index.html',
  module: 'nvidia-peermem',
  missingKinds: ['modules.peermem.missing', 'gpu.modules.no-peermem'],
});
