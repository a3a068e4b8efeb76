import { a800 } from '../../physics/a800.ts';
import type { BoardState } from '../../physics/board-state.ts';
import type { GpuReading } from '../../physics/reading.ts';
import type { WorldNode } from '../../world.ts';
import type { ListedGpu } from './listed.ts';

export interface FieldSubject {
  readonly node: WorldNode;
  readonly gpu: ListedGpu;
  readonly reading: GpuReading;
  readonly state: BoardState;
}

/** One column of `--query-gpu`: the names it is asked by, the name it is headed with, its unit and its value. */
export interface GpuField {
  readonly names: readonly string[];
  readonly unit: string | null;
  value(subject: FieldSubject): string;
}

/** The first name is the one that the tool prints in the header. */
export const gpuFields: readonly GpuField[] = [
  text('index', (s) => String(s.gpu.nvmlIndex)),
  text(['uuid', 'gpu_uuid'], (s) => s.gpu.uuid),
  text(['pci.bus_id', 'gpu_bus_id'], (s) => s.gpu.busId),
  text(['name', 'gpu_name'], () => a800.model),
  text(['serial', 'gpu_serial'], (s) => s.gpu.serial),
  text('count', (s) => String(s.node.gpus.length)),
  text('driver_version', (s) => s.state.driver),
  text('vbios_version', () => a800.vbios),
  text('inforom.img', () => a800.inforom),
  text('pstate', () => 'P0'),
  text('persistence_mode', (s) => s.state.persistence),
  text('compute_mode', (s) => s.state.computeMode),
  text('mig.mode.current', (s) => s.state.mig),
  text('mig.mode.pending', (s) => s.state.migPending),
  text('ecc.mode.current', () => 'Enabled'),
  text('display_active', () => 'Disabled'),
  measure(['clocks.current.sm', 'clocks.sm'], 'MHz', (s) => whole(s.reading.smMhz)),
  measure(['clocks.current.graphics', 'clocks.gr'], 'MHz', (s) => whole(s.reading.smMhz)),
  measure(['clocks.current.memory', 'clocks.mem'], 'MHz', () => whole(a800.memoryMhz)),
  measure(['clocks.max.sm'], 'MHz', () => whole(a800.smMhzMax)),
  measure(['clocks.max.graphics', 'clocks.max.gr'], 'MHz', () => whole(a800.smMhzMax)),
  measure(['clocks.max.memory', 'clocks.max.mem'], 'MHz', () => whole(a800.memoryMhz)),
  measure(['clocks.applications.graphics', 'clocks.applications.gr'], 'MHz', (s) => whole(s.state.appClockMhz)),
  measure(['clocks.applications.memory', 'clocks.applications.mem'], 'MHz', () => whole(a800.memoryMhz)),
  text(['clocks_event_reasons.active', 'clocks_throttle_reasons.active'], (s) => bitmask(s.reading.reasons)),
  text('temperature.gpu', (s) => whole(s.reading.temperatureC)),
  text('temperature.memory', (s) => whole(s.reading.memoryTemperatureC)),
  measure(['power.draw'], 'W', (s) => watts(s.reading.powerW)),
  measure(['power.limit'], 'W', (s) => watts(s.reading.settings.powerLimitW)),
  measure(['enforced.power.limit'], 'W', (s) => watts(Math.min(s.reading.settings.powerLimitW, s.state.bmcLimitW))),
  measure(['power.default_limit'], 'W', () => watts(a800.powerLimitW)),
  measure(['power.min_limit'], 'W', () => watts(a800.powerLimitMinW)),
  measure(['power.max_limit'], 'W', () => watts(a800.powerLimitMaxW)),
  measure(['utilization.gpu'], '%', (s) => whole(s.reading.utilizationPercent)),
  measure(['utilization.memory'], '%', (s) => whole(s.reading.memoryUtilizationPercent)),
  measure(['memory.total'], 'MiB', () => whole(a800.memoryTotalMib)),
  measure(['memory.used'], 'MiB', (s) => whole(s.reading.memoryUsedMib)),
  measure(['memory.free'], 'MiB', (s) => whole(a800.memoryTotalMib - s.reading.memoryUsedMib)),
  text('ecc.errors.corrected.volatile.total', () => '0'),
  text('ecc.errors.corrected.aggregate.total', (s) => whole(s.reading.memory.correctedAggregate)),
  text('ecc.errors.corrected.volatile.dram', () => '0'),
  text('ecc.errors.corrected.volatile.sram', () => '0'),
  text('ecc.errors.corrected.aggregate.dram', (s) => whole(s.reading.memory.correctedAggregate)),
  text('ecc.errors.corrected.aggregate.sram', () => '0'),
  text('ecc.errors.uncorrected.volatile.total', (s) =>
    whole(s.reading.memory.uncorrectableVolatile + s.reading.memory.sramVolatile),
  ),
  text('ecc.errors.uncorrected.volatile.dram', (s) => whole(s.reading.memory.uncorrectableVolatile)),
  text('ecc.errors.uncorrected.volatile.sram', (s) => whole(s.reading.memory.sramVolatile)),
  text('ecc.errors.uncorrected.aggregate.total', (s) =>
    whole(s.reading.memory.uncorrectableAggregate + s.reading.memory.sramAggregate),
  ),
  text('ecc.errors.uncorrected.aggregate.dram', (s) => whole(s.reading.memory.uncorrectableAggregate)),
  text('ecc.errors.uncorrected.aggregate.sram', (s) => whole(s.reading.memory.sramAggregate)),
  text(['pcie.link.gen.current', 'pcie.link.gen.gpucurrent'], () => whole(a800.pcieGeneration)),
  text('pcie.link.gen.max', () => whole(a800.pcieGeneration)),
  text('pcie.link.width.current', (s) => whole(s.state.pcieWidth)),
  text('pcie.link.width.max', () => whole(a800.pcieWidth)),
];

export function findField(name: string): GpuField | undefined {
  return gpuFields.find((field) => field.names.includes(name));
}

function text(names: string | readonly string[], value: GpuField['value']): GpuField {
  return { names: typeof names === 'string' ? [names] : names, unit: null, value };
}

function measure(names: readonly string[], unit: string, value: GpuField['value']): GpuField {
  return { names, unit, value };
}

function whole(value: number): string {
  return String(Math.round(value));
}

function watts(value: number): string {
  return value.toFixed(2);
}

function bitmask(value: number): string {
  return `0x${value.toString(16).padStart(16, '0')}`;
}
