import { printed, type CommandContext, type CommandResult, type NodeCommand } from '../command.ts';
import { driverState, moduleLoaded } from '../../physics/driver-state.ts';
import { clockReport, pageReport } from './clock-report.ts';
import { listedGpus, lostExit, lostLine, type ListedGpu } from './listed.ts';
import { memoryReport } from './memory-report.ts';
import { resetAppClocks, resetGpus, setAppClocks, setComputeMode, setMig, setPersistence } from './modes.ts';
import { nvlinkErrors, nvlinkRemote, nvlinkStatus } from './nvlink.ts';
import { parseOptions } from './options.ts';
import { queryComputeApps, queryGpu, queryRemappedRows } from './queries.ts';
import { listGpus, performance } from './reports.ts';
import { lockClocks, resetClocks, setPowerLimit } from './settings.ts';
import { topology } from './topology.ts';

// Exit code of nvidia-smi(1): a query to find an object was unsuccessful.
const notFound = 6;

// The same: NVML's error of a library that does not fit the module, and no driver at all.
const versionMismatch = 18;
const noDriver = 9;

export const nvidiaSmi: NodeCommand = {
  name: 'nvidia-smi',
  run(context, args) {
    const options = parseOptions(args);
    if ('error' in options) return printed(`${options.error}\n`, 2);
    const broken = withoutDriver(context);
    if (broken !== null) return broken;
    const { values, words } = options;
    const gpus = chosen(context, values.get('--id'));
    if (gpus === null) return printed('No devices were found\n', notFound);
    const lost = gpus.filter((gpu) => gpu.lost);
    const answered = gpus.filter((gpu) => !gpu.lost);
    const found = answered.length === 0 ? printed('') : (answer(context, answered, values, words) ?? invalid());
    // What answers is shown; a line stands for each that does not.
    return lost.length === 0 ? found : printed(`${found.stdout}${lost.map(lostLine).join('')}`, lostExit);
  },
};

function withoutDriver({ timeline, node, nowMs }: CommandContext): CommandResult | null {
  const { settings } = timeline.segmentAt(nowMs);
  if (!moduleLoaded(settings, node.name, 'nvidia', nowMs))
    return printed(
      "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that the latest NVIDIA driver is installed and running.\n\n",
      noDriver,
    );
  const { library, module } = driverState(settings, node.name, nowMs);
  if (library === module) return null;
  const short = library.split('.').slice(0, 2).join('.');
  return printed(
    `Failed to initialize NVML: Driver/library version mismatch\nNVML library version: ${short}\n`,
    versionMismatch,
  );
}

function answer(
  context: CommandContext,
  gpus: readonly ListedGpu[],
  values: ReadonlyMap<string, string>,
  words: readonly string[],
): CommandResult | null {
  if (words.length > 0) return subcommand(context, gpus, values, words.join(' '));
  const format = values.get('--format');
  const fields = values.get('--query-gpu');
  const apps = values.get('--query-compute-apps');
  const rows = values.get('--query-remapped-rows');
  if (fields !== undefined) return queryGpu(context, gpus, fields, format);
  if (apps !== undefined) return queryComputeApps(context, gpus, apps, format);
  if (rows !== undefined) return queryRemappedRows(context, gpus, rows, format);
  if (values.has('--list-gpus')) return listGpus(gpus);
  const display = values.get('--display');
  if (!values.has('--query')) return change(context, gpus, values);
  if (display === 'PERFORMANCE') return performance(context, gpus);
  if (display === 'CLOCK') return clockReport(context, gpus);
  if (display === 'PAGE_RETIREMENT') return pageReport(context, gpus);
  return display === undefined ? null : memoryReport(context, gpus, display.split(','));
}

function subcommand(
  context: CommandContext,
  gpus: readonly ListedGpu[],
  values: ReadonlyMap<string, string>,
  name: string,
): CommandResult | null {
  if (name === 'topo') return values.has('--matrix') ? topology(context, gpus) : null;
  if (name !== 'nvlink') return null;
  if (values.has('--status')) return nvlinkStatus(context, gpus);
  if (values.has('--errorcounters')) return nvlinkErrors(context, gpus);
  return values.has('--remotelinkinfo') ? nvlinkRemote(context, gpus) : null;
}

type Setter = (context: CommandContext, gpus: readonly ListedGpu[], value: string) => CommandResult;

const setters: readonly (readonly [option: string, set: Setter])[] = [
  ['--lock-gpu-clocks', lockClocks],
  ['--reset-gpu-clocks', resetClocks],
  ['--power-limit', setPowerLimit],
  ['--gpu-reset', resetGpus],
  ['--multi-instance-gpu', setMig],
  ['--persistence-mode', setPersistence],
  ['--compute-mode', setComputeMode],
  ['--applications-clocks', setAppClocks],
  ['--reset-applications-clocks', resetAppClocks],
];

function change(
  context: CommandContext,
  gpus: readonly ListedGpu[],
  values: ReadonlyMap<string, string>,
): CommandResult | null {
  for (const [option, set] of setters) {
    const value = values.get(option);
    if (value !== undefined) return set(context, gpus, value);
  }
  return null;
}

/** `-i` takes indices, UUIDs or bus ids, separated by commas. */
function chosen(context: CommandContext, id: string | undefined): readonly ListedGpu[] | null {
  const listed = listedGpus(context);
  if (id === undefined) return listed;
  const found = id
    .split(',')
    .map((one) =>
      listed.find(
        (gpu) => String(gpu.nvmlIndex) === one || gpu.uuid === one || gpu.busId.toLowerCase() === one.toLowerCase(),
      ),
    );
  const gpus = found.filter((gpu) => gpu !== undefined);
  return gpus.length === found.length ? gpus : null;
}

function invalid(): CommandResult {
  return printed("Invalid combination of input arguments. Please run 'nvidia-smi -h' for help.\n\n", 2);
}
