import { findFault } from './faults/index.ts';
import type { PlaceKind } from './state/facts/kind.ts';

interface PerformanceFault {
  readonly id: string;
  readonly place: PlaceKind;
}

/**
 * Faults whose only or first effect on a job is that it becomes slower: nothing stops, no rank dies. Some are a few per
 * cent at the mild end of their ranges (`rack-hot-inlet`, `pcie-errors`, `swap-thrash`), some come and go.
 */
export const performanceFaults: readonly PerformanceFault[] = [
  // Clocks.
  'gpu-clock-lock',
  'gpu-power-cap',
  'applications-clock-set',
  'gpu-thermal-paste',
  'node-fan-failed',
  'psu-failed',
  'rack-hot-inlet',
  'power-unit-brake',
  // Links within a node.
  'nvlink-crc-errors',
  'pcie-width-degraded',
  'pcie-errors',
  // The network and the way to it.
  'acs-enabled',
  'iommu-on',
  'peermem-missing',
  'ib-port-flap',
  'ib-rate-low',
  'ib-width-1x',
  'ib-dirty-optic',
  'switch-port-errors',
  'leaf-uplinks-lost',
  'roce-lossy',
  // What NCCL was told, or has not got.
  'nccl-p2p-disabled',
  'nccl-few-channels',
  'nccl-ib-disabled',
  'rdma-missing-in-container',
  // The host.
  'cpu-affinity-one-core',
  'cpu-hog',
  'cpu-prochot',
  'governor-powersave',
  'numa-crossed',
  'swap-thrash',
  'foreign-process',
  // Input, and the job itself.
  'lustre-slow',
  'nvme-slow',
  'loader-slow-shard',
  'python-gc-pauses',
  'stragglers-by-sequence-length',
  'torch-compile-recompiles',
].map(withPlace);

function withPlace(id: string): PerformanceFault {
  const fault = findFault(id);
  if (fault === undefined) throw new Error(`there is no fault ${id}`);
  return { id, place: fault.place };
}
