import { a800 } from '../../physics/a800.ts';
import { activeAttempt } from '../../physics/job.ts';
import { residentOn } from '../../physics/resident-processes.ts';
import type { Change } from '../../state/actions.ts';
import { factAt } from '../../state/facts/fact-at.ts';
import { clearFact, setFact } from '../../state/facts/set-fact.ts';
import { gpuPlace } from '../../state/place.ts';
import { printed, type CommandContext, type CommandResult } from '../command.ts';
import type { ListedGpu } from './listed.ts';

// Exit codes of nvidia-smi(1): 2 invalid argument, 4 no permission; 255 what NVML calls an unknown error.
const invalidArgument = 2;
const noPermission = 4;
const unknownError = 255;

/** `-r`: resets the boards that nobody uses. */
export function resetGpus(context: CommandContext, gpus: readonly ListedGpu[]): CommandResult {
  if (!context.root) return denied();
  const used = gpus.filter((gpu) => isUsed(context, gpu));
  if (used.length > 0)
    return printed(
      `${used.map((gpu) => `GPU ${gpu.busId} is currently in use by another process.\n`).join('')}\n` +
        `${used.length} device${used.length === 1 ? ' is' : 's are'} currently being used by one or more other processes ` +
        '(e.g., Fabric Manager, CUDA application, graphics application such as an X server, or a monitoring application such as ' +
        'another instance of nvidia-smi). Please first kill all processes using this device and all compute applications running in the system.\n',
      unknownError,
    );
  const { node } = context;
  const text = gpus.map((gpu) => {
    const place = gpuPlace(node, gpu);
    context.act([{ kind: 'happen', event: 'gpu-reset', place }, ...pendingMig(context, place)]);
    return `GPU ${gpu.busId} was successfully reset.\n`;
  });
  return printed(`${text.join('')}All done.\n`);
}

/** A MIG mode that waited for the reset is the mode from now on. */
function pendingMig({ timeline, nowMs }: CommandContext, place: string): readonly Change[] {
  const { settings } = timeline.segmentAt(nowMs);
  const pending = factAt(settings, { fact: 'gpu.mig-pending', place }, nowMs);
  return pending === 'none' ? [] : [setFact('gpu.mig', place, pending), clearFact('gpu.mig-pending', place)];
}

/** `-mig 0|1`: at once on a board that nobody uses, else with its next reset. */
export function setMig(context: CommandContext, gpus: readonly ListedGpu[], value: string): CommandResult {
  if (!['0', '1', 'DISABLED', 'ENABLED'].includes(value)) return invalid('-mig', value);
  const on = value === '1' || value === 'ENABLED';
  return forEach(context, gpus, (gpu, place) => {
    const mode = on ? 'Enabled' : 'Disabled';
    if (!isUsed(context, gpu)) {
      context.act([setFact('gpu.mig', place, mode), clearFact('gpu.mig-pending', place)]);
      return `${mode} MIG Mode for GPU ${gpu.busId}\n`;
    }
    context.act([setFact('gpu.mig-pending', place, mode)]);
    return (
      `Warning: MIG mode is in pending ${on ? 'enable' : 'disable'} state for GPU ${gpu.busId}:In use by another client\n` +
      `${gpu.busId} is currently being used by one or more other processes (e.g. CUDA application or a monitoring application such as another instance of nvidia-smi). ` +
      'Please first kill all processes using the device and retry the command or reboot the system to make MIG mode effective.\n'
    );
  });
}

/** `-pm 0|1`. */
export function setPersistence(context: CommandContext, gpus: readonly ListedGpu[], value: string): CommandResult {
  if (!['0', '1', 'DISABLED', 'ENABLED'].includes(value)) return invalid('-pm', value);
  const mode = value === '1' || value === 'ENABLED' ? 'Enabled' : 'Disabled';
  return forEach(context, gpus, (gpu, place) => {
    const { settings } = context.timeline.segmentAt(context.nowMs);
    if (factAt(settings, { fact: 'gpu.persistence', place }, context.nowMs) === mode)
      return `Persistence mode is already ${mode} for GPU ${gpu.busId}.\n`;
    context.act([setFact('gpu.persistence', place, mode)]);
    return `${mode} persistence mode for GPU ${gpu.busId}.\n`;
  });
}

const computeModes: Readonly<Record<string, readonly [spelled: string, shouted: string]>> = {
  '0': ['Default', 'DEFAULT'],
  DEFAULT: ['Default', 'DEFAULT'],
  '2': ['Prohibited', 'PROHIBITED'],
  PROHIBITED: ['Prohibited', 'PROHIBITED'],
  '3': ['Exclusive_Process', 'EXCLUSIVE_PROCESS'],
  EXCLUSIVE_PROCESS: ['Exclusive_Process', 'EXCLUSIVE_PROCESS'],
};

/** `-c MODE`. */
export function setComputeMode(context: CommandContext, gpus: readonly ListedGpu[], value: string): CommandResult {
  const mode = computeModes[value];
  if (mode === undefined) return invalid('-c', value);
  return forEach(context, gpus, (gpu, place) => {
    context.act([setFact('gpu.compute-mode', place, mode[0])]);
    return `Set compute mode to ${mode[1]} for GPU ${gpu.busId}.\n`;
  });
}

/** `-ac MEM,SM`. */
export function setAppClocks(context: CommandContext, gpus: readonly ListedGpu[], value: string): CommandResult {
  const match = /^([0-9]{1,5}),([0-9]{1,5})$/.exec(value);
  const [memory, sm] = [Number(match?.[1]), Number(match?.[2])];
  const supported = sm >= a800.smMhzMin && sm <= a800.smMhzMax && (sm - a800.smMhzMin) % a800.smMhzStep === 0;
  if (memory !== a800.memoryMhz || !supported)
    return printed(
      `Specified clock combination "(MEM ${match?.[1] ?? value}, SM ${match?.[2] ?? ''})" is not supported for GPU ${gpus[0]?.busId ?? ''}. ` +
        "Run 'nvidia-smi -q -d SUPPORTED_CLOCKS' to see list of supported clock combinations\nTreating as warning and moving on.\nAll done.\n",
    );
  return forEach(context, gpus, (gpu, place) => {
    context.act([setFact('gpu.app-clock-mhz', place, sm)]);
    return `Applications clocks set to "(MEM ${memory}, SM ${sm})" for GPU ${gpu.busId}\n`;
  });
}

/** `-rac`. */
export function resetAppClocks(context: CommandContext, gpus: readonly ListedGpu[]): CommandResult {
  return forEach(context, gpus, (_gpu, place) => {
    context.act([clearFact('gpu.app-clock-mhz', place)]);
    return '';
  });
}

function forEach(
  context: CommandContext,
  gpus: readonly ListedGpu[],
  apply: (gpu: ListedGpu, place: string) => string,
): CommandResult {
  if (!context.root) return denied();
  return printed(`${gpus.map((gpu) => apply(gpu, gpuPlace(context.node, gpu))).join('')}All done.\n`);
}

/** A process has a context on it: of the job, of what is left of one, of a measurement. */
function isUsed({ timeline, world, node, nowMs, processes }: CommandContext, gpu: ListedGpu): boolean {
  const { settings, phase } = timeline.segmentAt(nowMs);
  return (
    activeAttempt(phase)?.nodes.includes(node.index) === true ||
    residentOn(world, settings, node, gpu.index, nowMs) !== undefined ||
    (processes?.on(node.name) ?? []).some((one) => one.gpus.includes(gpu.index))
  );
}

function denied(): CommandResult {
  return printed(
    'Unable to change the state of the GPU: Insufficient Permissions\nTerminating early due to previous errors.\n',
    noPermission,
  );
}

function invalid(option: string, value: string): CommandResult {
  return printed(`Option "${option}" has an invalid value "${value}".\n`, invalidArgument);
}
