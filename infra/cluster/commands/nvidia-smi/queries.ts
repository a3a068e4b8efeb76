import { a800 } from '../../physics/a800.ts';
import { boardState } from '../../physics/board-state.ts';
import { activeAttempt, trainerPid } from '../../physics/job.ts';
import { readGpu } from '../../physics/reading.ts';
import { residentsOf } from '../../physics/resident-processes.ts';
import type { ListedGpu } from './listed.ts';
import { printed, type CommandContext, type CommandResult } from '../command.ts';
import { findField, type FieldSubject } from './fields.ts';
import { csvTable, parseCsvFormat, type Column } from './table.ts';

const badFormat = '"--format=" switch has no valid value. Please run \'nvidia-smi --help-query-gpu\' for help.\n';

/** `--query-gpu=`: any list of fields. */
export function queryGpu(
  context: CommandContext,
  gpus: readonly ListedGpu[],
  list: string,
  format: string | undefined,
): CommandResult {
  const columns: Column<FieldSubject>[] = [];
  for (const asked of names(list)) {
    const field = findField(asked);
    if (field === undefined) return unknownField(asked);
    columns.push({ header: field.names[0] ?? asked, unit: field.unit, value: (subject) => field.value(subject) });
  }
  return table(columns, subjects(context, gpus), format);
}

/** A process with a context on a GPU. */
interface ComputeApp {
  readonly gpu: ListedGpu;
  readonly pid: number;
  readonly name: string;
  readonly usedMib: number;
}

/** `--query-compute-apps=`: one trainer process a GPU while the job runs, and what measures. */
export function queryComputeApps(
  context: CommandContext,
  gpus: readonly ListedGpu[],
  list: string,
  format: string | undefined,
): CommandResult {
  const known = new Map<string, Column<ComputeApp>>([
    ['gpu_name', plain('gpu_name', () => a800.model)],
    ['gpu_bus_id', plain('gpu_bus_id', (app) => app.gpu.busId)],
    ['gpu_uuid', plain('gpu_uuid', (app) => app.gpu.uuid)],
    ['gpu_serial', plain('gpu_serial', (app) => app.gpu.serial)],
    ['pid', plain('pid', (app) => String(app.pid))],
    ['process_name', plain('process_name', (app) => app.name)],
    ['name', plain('process_name', (app) => app.name)],
    ['used_memory', { header: 'used_gpu_memory', unit: 'MiB', value: (app) => String(app.usedMib) }],
    ['used_gpu_memory', { header: 'used_gpu_memory', unit: 'MiB', value: (app) => String(app.usedMib) }],
  ]);
  return select(known, computeApps(context, gpus), list, format);
}

// What the driver keeps of a GPU's memory beside its processes, MiB.
const driverMib = 420;

function computeApps(context: CommandContext, gpus: readonly ListedGpu[]): readonly ComputeApp[] {
  const { node, world, timeline, nowMs, processes } = context;
  const { settings, phase } = timeline.segmentAt(nowMs);
  const attempt = activeAttempt(phase);
  const residents = residentsOf(world, settings, node, nowMs);
  const residentMib = (gpu: number) => residents.find((one) => one.gpu === gpu)?.gpuMib ?? 0;
  const started = processes?.on(node.name) ?? [];
  // A trainer is there as long as it holds memory, also while it saves a checkpoint and runs no kernel.
  const trainerMib = ({ gpu, reading }: Pick<FieldSubject, 'gpu' | 'reading'>) =>
    reading.memoryUsedMib - driverMib - residentMib(gpu.index);
  return subjects(context, gpus).flatMap(({ gpu, reading }) => [
    ...(attempt?.nodes.includes(node.index) !== true || trainerMib({ gpu, reading }) <= 0
      ? []
      : [
          {
            gpu,
            pid: attempt === null ? 0 : trainerPid(attempt, world, node.index, gpu.index),
            name: '/usr/bin/python3',
            usedMib: trainerMib({ gpu, reading }),
          },
        ]),
    ...residents
      .filter((one) => one.gpu === gpu.index)
      .map((one) => ({ gpu, pid: one.pid, name: one.path, usedMib: one.gpuMib })),
    ...started
      .filter((one) => one.gpus.includes(gpu.index))
      .map((one) => ({ gpu, pid: one.pid, name: one.path, usedMib: one.gpuMib })),
  ]);
}

/** `--query-remapped-rows=`. */
export function queryRemappedRows(
  context: CommandContext,
  gpus: readonly ListedGpu[],
  list: string,
  format: string | undefined,
): CommandResult {
  const known = new Map<string, Column<FieldSubject>>([
    ['gpu_uuid', plain('gpu_uuid', (s) => s.gpu.uuid)],
    ['gpu_bus_id', plain('gpu_bus_id', (s) => s.gpu.busId)],
    ['gpu_serial', plain('gpu_serial', (s) => s.gpu.serial)],
    ['remapped_rows.correctable', plain('remapped_rows.correctable', () => '0')],
    ['remapped_rows.uncorrectable', plain('remapped_rows.uncorrectable', (s) => String(s.reading.memory.rowsRemapped))],
    ['remapped_rows.pending', plain('remapped_rows.pending', (s) => (s.reading.memory.remapPending ? 'Yes' : 'No'))],
    ['remapped_rows.failure', plain('remapped_rows.failure', (s) => (s.reading.memory.remapFailed ? 'Yes' : 'No'))],
    ['remapped_rows.histogram.max', banks('max', (s) => s.reading.memory.banks.max)],
    ['remapped_rows.histogram.high', banks('high', (s) => s.reading.memory.banks.high)],
    ['remapped_rows.histogram.partial', banks('partial', () => 0)],
    ['remapped_rows.histogram.low', banks('low', () => 0)],
    ['remapped_rows.histogram.none', banks('none', (s) => s.reading.memory.banks.none)],
  ]);
  return select(known, subjects(context, gpus), list, format);
}

function select<Row>(
  known: ReadonlyMap<string, Column<Row>>,
  rows: readonly Row[],
  list: string,
  format: string | undefined,
): CommandResult {
  const columns: Column<Row>[] = [];
  for (const asked of names(list)) {
    const column = known.get(asked);
    if (column === undefined) return unknownField(asked);
    columns.push(column);
  }
  return table(columns, rows, format);
}

function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[], format: string | undefined): CommandResult {
  const parsed = parseCsvFormat(format);
  return parsed === null ? printed(badFormat, 2) : printed(csvTable(columns, rows, parsed));
}

function subjects(context: CommandContext, gpus: readonly ListedGpu[]): readonly FieldSubject[] {
  const { node, timeline, nowMs } = context;
  return gpus.map((gpu) => ({
    node,
    gpu,
    reading: readGpu(timeline, node, gpu, nowMs),
    state: boardState(timeline, node, gpu.index, nowMs),
  }));
}

function plain<Row>(header: string, value: (subject: Row) => string): Column<Row> {
  return { header, unit: null, value };
}

function banks(level: string, count: (subject: FieldSubject) => number): Column<FieldSubject> {
  return plain(`remapped_rows.histogram.${level}`, (subject) => String(count(subject)));
}

function names(list: string): readonly string[] {
  return list.split(',').map((name) => name.trim());
}

function unknownField(name: string): CommandResult {
  return printed(`Field "${name}" is not a valid field to query.\n\n`, 2);
}
