import { gpuModelOf } from '../../catalog/hardware.ts';
import type { Quantity } from '../../schemas/calibration.ts';

/** How a quantity is measured, and what its figure is and is not. */
export interface MeasuredQuantity {
  readonly probe: string;
  /** Name of the probe's figure that siblings are compared by. */
  readonly figure: string;
  readonly unit: string;
  readonly of: 'gpu' | 'node' | 'hca';
  /** Tool and shape: figures of other tools or shapes are other quantities, however often they are measured. */
  readonly tool: string;
  /** The board's nominal figure in `unit`; null where the catalogue has none. */
  nominal(model: string): number | null;
}

export const measuredQuantities: Readonly<Record<Quantity, MeasuredQuantity>> = {
  gemm: {
    probe: 'measure.gemm',
    figure: 'tensor',
    unit: 'TFLOP/s',
    of: 'gpu',
    tool: 'dcgmproftester, FP16 matrix products of its own large square shape, median of the seconds of a run',
    nominal: (model) => gpuModelOf(model)?.bf16PeakTflops ?? null,
  },
  hbm: {
    probe: 'measure.hbm-bandwidth',
    figure: 'local-copy',
    unit: 'GB/s',
    of: 'gpu',
    tool: 'nvbandwidth device_local_copy, one buffer copied inside the memory of the GPU',
    // A copy reads and writes each byte.
    nominal: (model) => scaled(gpuModelOf(model)?.memoryBandwidthTBps, 500),
  },
  pcie: {
    probe: 'measure.pcie-bandwidth',
    figure: 'host-to-device',
    unit: 'GB/s',
    of: 'gpu',
    tool: 'nvbandwidth host_to_device_memcpy_ce, from pinned host memory',
    nominal: () => null,
  },
  nvlink: {
    probe: 'measure.nvlink-bandwidth',
    figure: 'peer-copy',
    unit: 'GB/s',
    of: 'gpu',
    tool: 'nvbandwidth device_to_device_memcpy_read_ce, median over the peers of a GPU, one pair at a time',
    nominal: (model) => gpuModelOf(model)?.nvlinkGBps ?? null,
  },
  'nccl-ring': {
    probe: 'measure.nccl-ring',
    figure: 'all-reduce',
    unit: 'GB/s',
    of: 'node',
    tool: 'nccl-tests all_reduce_perf over all GPUs of the node, bus bandwidth of the largest message',
    nominal: () => null,
  },
  'ib-write': {
    probe: 'measure.ib-write-bw',
    figure: 'rdma-write',
    unit: 'Gb/s',
    of: 'hca',
    tool: 'ib_write_bw of 64 KiB to the next node of the inventory',
    nominal: () => null,
  },
};

function scaled(value: number | undefined, factor: number): number | null {
  return value === undefined ? null : value * factor;
}
