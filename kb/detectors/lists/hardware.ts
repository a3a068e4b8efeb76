import type { LogDetector } from '../../schemas/detector.ts';
import { amdGpu } from '../amd-gpu.ts';
import { amdRuntime } from '../amd-runtime.ts';
import { blockIo } from '../block-io.ts';
import { bmcEvents } from '../bmc-events.ts';
import { bmcPowerUnit } from '../bmc-power-unit.ts';
import { bmcRedfish } from '../bmc-redfish.ts';
import { bmcVendors } from '../bmc-vendors.ts';
import { containerGpus } from '../container-gpus.ts';
import { dcgmResults } from '../dcgm-results.ts';
import { dcgm } from '../dcgm.ts';
import { diskDrivers } from '../disk-drivers.ts';
import { fabricTools } from '../fabric-tools.ts';
import { gpuClocks } from '../gpu-clocks.ts';
import { gpuOperator } from '../gpu-operator.ts';
import { hostPower } from '../host-power.ts';
import { kernelHangs } from '../kernel-hangs.ts';
import { kernelShortages } from '../kernel-shortages.ts';
import { machineCheck } from '../machine-check.ts';
import { nvidiaDriverState } from '../nvidia-driver-state.ts';
import { nvidiaDriver } from '../nvidia-driver.ts';
import { nvidiaKernelFaults } from '../nvidia-kernel-faults.ts';
import { nvidiaMemory } from '../nvidia-memory.ts';
import { nvidiaModule } from '../nvidia-module.ts';
import { nvidiaStart } from '../nvidia-start.ts';
import { nvidiaUserTools } from '../nvidia-user-tools.ts';
import { nvlinkFabric } from '../nvlink-fabric.ts';
import { pciListing } from '../pci-listing.ts';
import { pcie } from '../pcie.ts';
import { peermemModule } from '../peermem-module.ts';
import { powerCooling } from '../power-cooling.ts';
import { rdmaAdapter } from '../rdma-adapter.ts';
import { rdmaCounters } from '../rdma-counters.ts';
import { rdmaKernel } from '../rdma-kernel.ts';
import { rdmaLink } from '../rdma-link.ts';
import { roceLids } from '../roce-lids.ts';
import { switchLogs } from '../switch-logs.ts';

/** What devices, drivers, board controllers and switches report. */
export const hardwareReaders: readonly LogDetector[] = [
  pciListing,
  amdGpu,
  amdRuntime,
  nvidiaStart,
  nvidiaKernelFaults,
  nvidiaModule,
  peermemModule,
  containerGpus,
  gpuOperator,
  nvidiaUserTools,
  nvidiaDriver,
  nvidiaDriverState,
  nvidiaMemory,
  nvlinkFabric,
  gpuClocks,
  dcgm,
  dcgmResults,
  pcie,
  machineCheck,
  kernelHangs,
  kernelShortages,
  blockIo,
  diskDrivers,
  bmcPowerUnit,
  bmcEvents,
  bmcRedfish,
  bmcVendors,
  powerCooling,
  hostPower,
  rdmaLink,
  roceLids,
  rdmaAdapter,
  rdmaKernel,
  switchLogs,
  fabricTools,
  rdmaCounters,
];
