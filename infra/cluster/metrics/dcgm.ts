import { a800 } from '../physics/a800.ts';
import { memoryHealth, type MemoryHealth } from '../physics/gpu-memory.ts';
import { lastXid } from '../physics/gpu-xids.ts';
import { readGpu, type GpuReading } from '../physics/reading.ts';
import type { Timeline } from '../physics/timeline.ts';
import type { WorldGpu, WorldNode } from '../world.ts';
import type { Metric } from './metric.ts';
import { reachable } from './reachable.ts';

/** Names, help texts and labels of NVIDIA's dcgm-exporter. */
export const dcgmMetrics: readonly Metric[] = [
  gauge('DCGM_FI_DEV_SM_CLOCK', 'SM clock frequency (in MHz).', (r) => r.smMhz),
  gauge('DCGM_FI_DEV_MEM_CLOCK', 'Memory clock frequency (in MHz).', () => a800.memoryMhz),
  gauge('DCGM_FI_DEV_GPU_TEMP', 'GPU temperature (in C).', (r) => r.temperatureC),
  gauge('DCGM_FI_DEV_MEMORY_TEMP', 'Memory temperature (in C).', (r) => r.memoryTemperatureC),
  gauge('DCGM_FI_DEV_POWER_USAGE', 'Power draw (in W).', (r) => Number(r.powerW.toFixed(3))),
  gauge('DCGM_FI_DEV_GPU_UTIL', 'GPU utilization (in %).', (r) => r.utilizationPercent),
  gauge('DCGM_FI_DEV_MEM_COPY_UTIL', 'Memory utilization (in %).', (r) => r.memoryUtilizationPercent),
  gauge('DCGM_FI_DEV_FB_USED', 'Framebuffer memory used (in MiB).', (r) => r.memoryUsedMib),
  gauge('DCGM_FI_DEV_FB_FREE', 'Framebuffer memory free (in MiB).', (r) => a800.memoryTotalMib - r.memoryUsedMib),
  gauge('DCGM_FI_DEV_POWER_MGMT_LIMIT', 'Current power management limit (in W).', (r) => r.settings.powerLimitW),
  gauge('DCGM_FI_DEV_CLOCK_THROTTLE_REASONS', 'Current clock throttle reasons (bitmask).', (r) => r.reasons),
  gpuMetric('gauge', 'DCGM_FI_DEV_XID_ERRORS', 'Value of the last XID error encountered.', lastXid),
  counter('DCGM_FI_DEV_ECC_SBE_VOL_TOTAL', 'Total number of single-bit volatile ECC errors.', () => 0),
  memoryMetric(
    'counter',
    'DCGM_FI_DEV_ECC_DBE_VOL_TOTAL',
    'Total number of double-bit volatile ECC errors.',
    (m) => m.uncorrectableVolatile,
  ),
  counter('DCGM_FI_DEV_ECC_SBE_AGG_TOTAL', 'Total number of single-bit persistent ECC errors.', () => 0),
  memoryMetric(
    'counter',
    'DCGM_FI_DEV_ECC_DBE_AGG_TOTAL',
    'Total number of double-bit persistent ECC errors.',
    (m) => m.uncorrectableAggregate,
  ),
  memoryMetric(
    'counter',
    'DCGM_FI_DEV_UNCORRECTABLE_REMAPPED_ROWS',
    'Number of remapped rows for uncorrectable errors',
    (m) => m.rowsRemapped,
  ),
  counter('DCGM_FI_DEV_CORRECTABLE_REMAPPED_ROWS', 'Number of remapped rows for correctable errors', () => 0),
  memoryMetric('gauge', 'DCGM_FI_DEV_ROW_REMAP_FAILURE', 'Whether remapping of rows has failed.', (m) =>
    m.remapFailed ? 1 : 0,
  ),
  gauge('DCGM_FI_DEV_PCIE_LINK_GEN', 'PCIe link generation.', () => a800.pcieGeneration),
  gauge('DCGM_FI_DEV_PCIE_LINK_WIDTH', 'PCIe link width.', () => a800.pcieWidth),
  counter('DCGM_FI_DEV_PCIE_REPLAY_COUNTER', 'Total number of PCIe retries.', () => 0),
  gauge('DCGM_FI_PROF_SM_ACTIVE', 'The ratio of cycles an SM has at least 1 warp assigned.', (r) => ratio(r.smActive)),
  gauge('DCGM_FI_PROF_PIPE_TENSOR_ACTIVE', 'Ratio of cycles the tensor (HMMA) pipe is active.', (r) =>
    ratio(r.tensorActive),
  ),
  gauge(
    'DCGM_FI_PROF_DRAM_ACTIVE',
    'Ratio of cycles the device memory interface is active sending or receiving data.',
    (r) => ratio(r.dramActive),
  ),
];

type Read = (reading: GpuReading) => number;
type ReadPlace = (timeline: Timeline, node: WorldNode, gpu: WorldGpu, ms: number) => number;

function gauge(name: string, help: string, read: Read): Metric {
  return gpuMetric('gauge', name, help, sensed(read));
}

function counter(name: string, help: string, read: Read): Metric {
  return gpuMetric('counter', name, help, sensed(read));
}

/** What is counted about the memory needs no reading of the sensors. */
function memoryMetric(
  type: Metric['type'],
  name: string,
  help: string,
  read: (memory: MemoryHealth) => number,
): Metric {
  return gpuMetric(type, name, help, (timeline, node, gpu, ms) => read(memoryHealth(timeline, node, gpu, ms)));
}

function sensed(read: Read): ReadPlace {
  return (timeline, node, gpu, ms) => read(readGpu(timeline, node, gpu, ms));
}

function gpuMetric(type: Metric['type'], name: string, help: string, read: ReadPlace): Metric {
  return {
    name,
    help,
    type,
    series: (timeline) =>
      timeline.world.nodes.flatMap((node) => node.gpus.map((gpu) => gpuSeries(timeline, node, gpu, read))),
  };
}

function gpuSeries(timeline: Timeline, node: WorldNode, gpu: WorldGpu, read: ReadPlace) {
  return {
    labels: {
      gpu: String(gpu.index),
      UUID: gpu.uuid,
      pci_bus_id: gpu.busId,
      device: `nvidia${gpu.index}`,
      modelName: a800.model,
      Hostname: node.name,
    },
    at: (ms: number) => (answers(timeline, node, ms) ? read(timeline, node, gpu, ms) : undefined),
  };
}

// Discovery of the GPUs and the first reading of all fields take an exporter some seconds.
const startMs = 10_000;

function answers(timeline: Timeline, node: WorldNode, ms: number): boolean {
  const startedMs = timeline.segmentAt(ms).settings.exporterStarts.get(node.name) ?? -Infinity;
  return ms >= startedMs + startMs && reachable(timeline, node, ms);
}

function ratio(value: number): number {
  return Number(value.toFixed(6));
}
