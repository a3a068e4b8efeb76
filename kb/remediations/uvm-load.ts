import { loadModule } from './module-load.ts';

/** Loads the part of the driver without which no CUDA program starts. */
export const uvmLoad = loadModule({
  id: 'uvm.load',
  summary: 'load the kernel module of the driver without which no CUDA program starts',
  categories: ['driver-version-mismatch'],
  precondition: 'a probe read the list of kernel modules, and nvidia_uvm is not on it while the driver is',
  effect: 'CUDA programs find the driver whole',
  source: 'https://docs.nvidia.com/cuda/cuda-installation-guide-linux/index.html',
  module: 'nvidia-uvm',
  missingKinds: ['modules.uvm.missing', 'device.nodes.uvm-missing'],
});
