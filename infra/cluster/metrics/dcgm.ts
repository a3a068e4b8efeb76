import { a800 } from '../physics/a800.ts';
import { gpuTraffic, type GpuTraffic } from '../physics/gpu-traffic.ts';
import { ramHealth, type RamHealth } from '../physics/gpu-ram.ts';
import { presenceOf } from '../physics/gpu-presence.ts';
import { nvlinkCounters } from '../physics/nvlink.ts';
import { pcieReplays, pcieWidth } from '../physics/pcie.ts';
import { lastXid } from '../physics/gpu-xids.ts';
import { readGpu, type GpuReading } from '../physics/reading.ts';
import type { Timeline } from '../physics/timeline.ts';
import { factAt } from '../state/facts/fact-at.ts';
import { gpuPlace } from '../state/place.ts';
import type { WorldGpu, WorldNode } from '../world.ts';
import { keptLabels } from './kept-labels.ts';
import type { Metric } from './metric.ts';
import { scraped } from './reachable.ts';

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
    (m) => m.uncorrectableVolatile + m.sramVolatile,
  ),
  gpuMetric(
    'counter',
    'DCGM_FI_DEV_ECC_SBE_AGG_TOTAL',
    'Total number of single-bit persistent ECC errors.',
    correctedEver,
  ),
  memoryMetric(
    'counter',
    'DCGM_FI_DEV_ECC_DBE_AGG_TOTAL',
    'Total number of double-bit persistent ECC errors.',
    (m) => m.uncorrectableAggregate + m.sramAggregate,
  ),
  memoryMetric(
    'counter',
    'DCGM_FI_DEV_UNCORRECTABLE_REMAPPED_ROWS',
    'Number of remapped rows for uncorrectable errors',
    (m) => m.rowsRemapped,
  ),
  counter('DCGM_FI_DEV_CORRECTABLE_REMAPPED_ROWS', 'Number of remapped rows for correctable errors', () => 0),
  gauge('DCGM_FI_DEV_ROW_REMAP_PENDING', 'Whether remapping of rows is pending.', (r) =>
    r.memory.remapPending ? 1 : 0,
  ),
  gpuMetric(
    'counter',
    'DCGM_FI_DEV_NVLINK_CRC_FLIT_ERROR_COUNT_TOTAL',
    'Total number of NVLink flow-control CRC errors.',
    (timeline, node, gpu, ms) =>
      timeline.segmentAt(ms).settings.facts.has('gpu.nvlink-crc-rate')
        ? Array.from(
            { length: a800.nvlinks },
            (_, link) => nvlinkCounters(timeline, node, gpu.index, link, ms).crc,
          ).reduce((sum, one) => sum + one, 0)
        : 0,
  ),
  memoryMetric('gauge', 'DCGM_FI_DEV_ROW_REMAP_FAILURE', 'Whether remapping of rows has failed.', (m) =>
    m.remapFailed ? 1 : 0,
  ),
  gauge('DCGM_FI_DEV_PCIE_LINK_GEN', 'PCIe link generation.', () => a800.pcieGeneration),
  gpuMetric('gauge', 'DCGM_FI_DEV_PCIE_LINK_WIDTH', 'PCIe link width.', (timeline, node, gpu, ms) =>
    pcieWidth(timeline.segmentAt(ms).settings, node, gpu.index, ms),
  ),
  gpuMetric('counter', 'DCGM_FI_DEV_PCIE_REPLAY_COUNTER', 'Total number of PCIe retries.', (timeline, node, gpu, ms) =>
    timeline.segmentAt(ms).settings.facts.has('gpu.pcie-error-rate') ? pcieReplays(timeline, node, gpu.index, ms) : 0,
  ),
  gauge('DCGM_FI_PROF_SM_ACTIVE', 'The ratio of cycles an SM has at least 1 warp assigned.', (r) => ratio(r.smActive)),
  gauge('DCGM_FI_PROF_PIPE_TENSOR_ACTIVE', 'Ratio of cycles the tensor (HMMA) pipe is active.', (r) =>
    ratio(r.tensorActive),
  ),
  gauge(
    'DCGM_FI_PROF_DRAM_ACTIVE',
    'Ratio of cycles the device memory interface is active sending or receiving data.',
    (r) => ratio(r.dramActive),
  ),
  trafficMetric(
    'DCGM_FI_PROF_PCIE_TX_BYTES',
    'The rate of data transmitted over the PCIe bus - including both protocol headers and data payloads - in bytes per second.',
    (t) => t.pcieTx,
  ),
  trafficMetric(
    'DCGM_FI_PROF_PCIE_RX_BYTES',
    'The rate of data received over the PCIe bus - including both protocol headers and data payloads - in bytes per second.',
    (t) => t.pcieRx,
  ),
  trafficMetric(
    'DCGM_FI_PROF_NVLINK_TX_BYTES',
    'The rate of data transmitted over NVLink - not including protocol headers - in bytes per second.',
    (t) => t.nvlink,
  ),
  trafficMetric(
    'DCGM_FI_PROF_NVLINK_RX_BYTES',
    'The rate of data received over NVLink - not including protocol headers - in bytes per second.',
    (t) => t.nvlink,
  ),
];

/** What the InfoROM counted before all records stands in every sample, also in those from before it became known here. */
function correctedEver(timeline: Timeline, node: WorldNode, gpu: WorldGpu, ms: number): number {
  return factAt(timeline.settings(), { fact: 'gpu.past-corrected', place: gpuPlace(node, gpu) }, ms);
}

type Read = (reading: GpuReading) => number;
type ReadPlace = (timeline: Timeline, node: WorldNode, gpu: WorldGpu, ms: number) => number;

function gauge(name: string, help: string, read: Read): Metric {
  return gpuMetric('gauge', name, help, sensed(read));
}

function counter(name: string, help: string, read: Read): Metric {
  return gpuMetric('counter', name, help, sensed(read));
}

/** What is counted about the memory needs no reading of the sensors. */
function memoryMetric(type: Metric['type'], name: string, help: string, read: (memory: RamHealth) => number): Metric {
  return gpuMetric(type, name, help, (timeline, node, gpu, ms) => read(ramHealth(timeline, node, gpu, ms)));
}

function trafficMetric(name: string, help: string, read: (traffic: GpuTraffic) => number): Metric {
  return gpuMetric('gauge', name, help, (timeline, node, gpu, ms) =>
    Math.round(read(gpuTraffic(timeline, node, gpu, ms))),
  );
}

function sensed(read: Read): ReadPlace {
  return (timeline, node, gpu, ms) => read(readOnce(timeline, node, gpu, ms));
}

interface LastReading {
  readonly timeline: Timeline;
  readonly ms: number;
  /** An action may change what was read at its own moment. */
  readonly actions: number;
  readonly reading: GpuReading;
}

const lastReadings = new WeakMap<WorldGpu, LastReading>();

/** A scrape asks for a dozen gauges of every board; all come from one reading. */
function readOnce(timeline: Timeline, node: WorldNode, gpu: WorldGpu, ms: number): GpuReading {
  const last = lastReadings.get(gpu);
  const actions = timeline.actions.length;
  if (last !== undefined && last.timeline === timeline && last.ms === ms && last.actions === actions)
    return last.reading;
  const reading = readGpu(timeline, node, gpu, ms);
  lastReadings.set(gpu, { timeline, ms, actions, reading });
  return reading;
}

function gpuMetric(type: Metric['type'], name: string, help: string, read: ReadPlace): Metric {
  return {
    name,
    help,
    type,
    series: (timeline) =>
      timeline.world.nodes.flatMap((node) => node.gpus.map((gpu) => gpuSeries(timeline.of(node), node, gpu, read))),
  };
}

/** The exporter remembers the last Xid of a board that does not answer any more; all else it cannot read. */
function gpuSeries(timeline: Timeline, node: WorldNode, gpu: WorldGpu, read: ReadPlace) {
  const remembered = read === lastXid;
  return {
    labels: labelsOf(node, gpu),
    at: (ms: number) =>
      answers(timeline, node, ms) && (remembered || isThere(timeline, node, gpu, ms))
        ? read(timeline, node, gpu, ms)
        : undefined,
  };
}

const labelsOf = keptLabels((node: WorldNode, gpu: WorldGpu) => ({
  gpu: String(gpu.index),
  UUID: gpu.uuid,
  pci_bus_id: gpu.busId,
  device: `nvidia${gpu.index}`,
  modelName: a800.model,
  Hostname: node.name,
}));

function isThere(timeline: Timeline, node: WorldNode, gpu: WorldGpu, ms: number): boolean {
  return presenceOf(timeline.segmentAt(ms).settings, node, gpu.index, ms) === 'there';
}

// Discovery of the GPUs and the first reading of all fields take an exporter some seconds.
const startMs = 10_000;

function answers(timeline: Timeline, node: WorldNode, ms: number): boolean {
  const startedMs = timeline.segmentAt(ms).settings.exporterStarts.get(node.name) ?? -Infinity;
  return ms >= startedMs + startMs && scraped(timeline, node, ms);
}

function ratio(value: number): number {
  return Number(value.toFixed(6));
}
