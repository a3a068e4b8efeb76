import { a800 } from '../../physics/a800.ts';
import { activeAttempt, trainerPid } from '../../physics/job.ts';
import { readGpu } from '../../physics/reading.ts';
import type { WorldGpu } from '../../world.ts';
import { printed, type CommandContext, type CommandResult } from '../command.ts';
import { findField, type FieldSubject } from './fields.ts';
import { csvTable, parseCsvFormat, type Column } from './table.ts';

const badFormat = '"--format=" switch has no valid value. Please run \'nvidia-smi --help-query-gpu\' for help.\n';

/** `--query-gpu=`: any list of fields. */
export function queryGpu(
  context: CommandContext,
  gpus: readonly WorldGpu[],
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

/** `--query-compute-apps=`: one trainer process a GPU while the job runs. */
export function queryComputeApps(
  context: CommandContext,
  gpus: readonly WorldGpu[],
  list: string,
  format: string | undefined,
): CommandResult {
  const attempt = activeAttempt(context.timeline.segmentAt(context.nowMs).phase);
  const pidOf = (gpu: number) => (attempt === null ? 0 : trainerPid(attempt, context.world, context.node.index, gpu));
  const known = new Map<string, Column<FieldSubject>>([
    ['gpu_name', plain('gpu_name', () => a800.model)],
    ['gpu_bus_id', plain('gpu_bus_id', (s) => s.gpu.busId)],
    ['gpu_uuid', plain('gpu_uuid', (s) => s.gpu.uuid)],
    ['gpu_serial', plain('gpu_serial', (s) => s.gpu.serial)],
    ['pid', plain('pid', (s) => String(pidOf(s.gpu.index)))],
    ['process_name', plain('process_name', () => '/usr/bin/python3')],
    ['name', plain('process_name', () => '/usr/bin/python3')],
    ['used_memory', { header: 'used_gpu_memory', unit: 'MiB', value: (s) => String(s.reading.memoryUsedMib - 420) }],
    [
      'used_gpu_memory',
      { header: 'used_gpu_memory', unit: 'MiB', value: (s) => String(s.reading.memoryUsedMib - 420) },
    ],
  ]);
  const busy = subjects(context, gpus).filter((subject) => subject.reading.utilizationPercent > 0);
  return select(known, busy, list, format);
}

/** `--query-remapped-rows=`. */
export function queryRemappedRows(
  context: CommandContext,
  gpus: readonly WorldGpu[],
  list: string,
  format: string | undefined,
): CommandResult {
  const known = new Map<string, Column<FieldSubject>>([
    ['gpu_uuid', plain('gpu_uuid', (s) => s.gpu.uuid)],
    ['gpu_bus_id', plain('gpu_bus_id', (s) => s.gpu.busId)],
    ['gpu_serial', plain('gpu_serial', (s) => s.gpu.serial)],
    ['remapped_rows.correctable', plain('remapped_rows.correctable', () => '0')],
    ['remapped_rows.uncorrectable', plain('remapped_rows.uncorrectable', (s) => String(s.reading.memory.rowsRemapped))],
    ['remapped_rows.pending', plain('remapped_rows.pending', () => 'No')],
    ['remapped_rows.failure', plain('remapped_rows.failure', (s) => (s.reading.memory.remapFailed ? 'Yes' : 'No'))],
    ['remapped_rows.histogram.max', banks('max', (s) => s.reading.memory.banks.max)],
    ['remapped_rows.histogram.high', banks('high', () => 0)],
    ['remapped_rows.histogram.partial', banks('partial', () => 0)],
    ['remapped_rows.histogram.low', banks('low', () => 0)],
    ['remapped_rows.histogram.none', banks('none', (s) => s.reading.memory.banks.none)],
  ]);
  return select(known, subjects(context, gpus), list, format);
}

function select(
  known: ReadonlyMap<string, Column<FieldSubject>>,
  rows: readonly FieldSubject[],
  list: string,
  format: string | undefined,
): CommandResult {
  const columns: Column<FieldSubject>[] = [];
  for (const asked of names(list)) {
    const column = known.get(asked);
    if (column === undefined) return unknownField(asked);
    columns.push(column);
  }
  return table(columns, rows, format);
}

function table(
  columns: readonly Column<FieldSubject>[],
  rows: readonly FieldSubject[],
  format: string | undefined,
): CommandResult {
  const parsed = parseCsvFormat(format);
  return parsed === null ? printed(badFormat, 2) : printed(csvTable(columns, rows, parsed));
}

function subjects(context: CommandContext, gpus: readonly WorldGpu[]): readonly FieldSubject[] {
  const { node, timeline, nowMs } = context;
  return gpus.map((gpu) => ({ node, gpu, reading: readGpu(timeline, node, gpu, nowMs) }));
}

function plain(header: string, value: (subject: FieldSubject) => string): Column<FieldSubject> {
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
