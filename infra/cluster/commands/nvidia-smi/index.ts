import type { WorldGpu } from '../../world.ts';
import { printed, type CommandContext, type CommandResult, type NodeCommand } from '../command.ts';
import { memoryReport } from './memory-report.ts';
import { parseOptions } from './options.ts';
import { queryComputeApps, queryGpu, queryRemappedRows } from './queries.ts';
import { listGpus, nvlinkStatus, performance } from './reports.ts';
import { lockClocks, resetClocks, setPowerLimit } from './settings.ts';

// Exit code of nvidia-smi(1): a query to find an object was unsuccessful.
const notFound = 6;

export const nvidiaSmi: NodeCommand = {
  name: 'nvidia-smi',
  run(context, args) {
    const options = parseOptions(args);
    if ('error' in options) return printed(`${options.error}\n`, 2);
    const { values, words } = options;
    const gpus = chosen(context, values.get('--id'));
    if (gpus === null) return printed('No devices were found\n', notFound);
    return answer(context, gpus, values, words) ?? invalid();
  },
};

function answer(
  context: CommandContext,
  gpus: readonly WorldGpu[],
  values: ReadonlyMap<string, string>,
  words: readonly string[],
): CommandResult | null {
  const format = values.get('--format');
  const fields = values.get('--query-gpu');
  const apps = values.get('--query-compute-apps');
  const rows = values.get('--query-remapped-rows');
  const lock = values.get('--lock-gpu-clocks');
  const limit = values.get('--power-limit');
  if (words.length > 0) return words.join(' ') === 'nvlink' && values.has('--status') ? nvlinkStatus(gpus) : null;
  if (fields !== undefined) return queryGpu(context, gpus, fields, format);
  if (apps !== undefined) return queryComputeApps(context, gpus, apps, format);
  if (rows !== undefined) return queryRemappedRows(context, gpus, rows, format);
  if (lock !== undefined) return lockClocks(context, gpus, lock);
  if (values.has('--reset-gpu-clocks')) return resetClocks(context, gpus);
  if (limit !== undefined) return setPowerLimit(context, gpus, limit);
  if (values.has('--list-gpus')) return listGpus(gpus);
  const display = values.get('--display');
  if (values.has('--query') && display === 'PERFORMANCE') return performance(context, gpus);
  if (values.has('--query') && display !== undefined) return memoryReport(context, gpus, display.split(','));
  return null;
}

/** `-i` takes indices, UUIDs or bus ids, separated by commas. */
function chosen(context: CommandContext, id: string | undefined): readonly WorldGpu[] | null {
  if (id === undefined) return context.node.gpus;
  const found = id
    .split(',')
    .map((one) =>
      context.node.gpus.find(
        (gpu) => String(gpu.index) === one || gpu.uuid === one || gpu.busId.toLowerCase() === one.toLowerCase(),
      ),
    );
  const gpus = found.filter((gpu) => gpu !== undefined);
  return gpus.length === found.length ? gpus : null;
}

function invalid(): CommandResult {
  return printed("Invalid combination of input arguments. Please run 'nvidia-smi -h' for help.\n\n", 2);
}
