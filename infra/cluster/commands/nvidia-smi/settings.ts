import { a800 } from '../../physics/a800.ts';
import { gpuSettings } from '../../state/settings.ts';
import type { ListedGpu } from './listed.ts';
import { printed, type CommandContext, type CommandResult } from '../command.ts';

// Exit codes of nvidia-smi(1): 2 invalid argument, 4 no permission.
const invalidArgument = 2;
const noPermission = 4;
const early = 'Terminating early due to previous errors.\n';

/** `-lgc min,max` (or one value for both). */
export function lockClocks(context: CommandContext, gpus: readonly ListedGpu[], value: string): CommandResult {
  const match = /^([0-9]{1,5})(?:,([0-9]{1,5}))?$/.exec(value);
  const minMhz = Number(match?.[1]);
  const maxMhz = Number(match?.[2] ?? match?.[1]);
  if (match === null || minMhz > maxMhz || maxMhz === 0)
    return printed(
      `Option --lock-gpu-clocks requires a pair of clock values, minGpuClock <= maxGpuClock, not "${value}".\n`,
      invalidArgument,
    );
  return forEach(context, gpus, clocksDenied, (gpu) => {
    context.act([
      { kind: 'lock-clocks', node: context.node.name, gpu: gpu.index, minMhz: Math.max(1, minMhz), maxMhz },
    ]);
    return `GPU clocks set to "(gpuClkMin ${minMhz}, gpuClkMax ${maxMhz})" for GPU ${gpu.busId}\n`;
  });
}

/** `-rgc`. */
export function resetClocks(context: CommandContext, gpus: readonly ListedGpu[]): CommandResult {
  return forEach(context, gpus, clocksDenied, (gpu) => {
    context.act([{ kind: 'reset-clocks', node: context.node.name, gpu: gpu.index }]);
    return '';
  });
}

/** `-pl watts`. */
export function setPowerLimit(context: CommandContext, gpus: readonly ListedGpu[], value: string): CommandResult {
  const watts = /^[0-9]{1,5}(\.[0-9]{1,3})?$/.test(value) ? Number(value) : NaN;
  const first = gpus[0];
  if (first !== undefined && !(watts >= a800.powerLimitMinW && watts <= a800.powerLimitMaxW))
    return printed(
      `Provided power limit ${Number.isNaN(watts) ? value : watts.toFixed(2)} W is not a valid power limit which should be between ` +
        `${a800.powerLimitMinW.toFixed(2)} W and ${a800.powerLimitMaxW.toFixed(2)} W for GPU ${first.busId}\n${early}`,
      invalidArgument,
    );
  return forEach(context, gpus, powerDenied, (gpu) => {
    const before = currentLimit(context, gpu);
    context.act([{ kind: 'power-limit', node: context.node.name, gpu: gpu.index, watts }]);
    return `Power limit for GPU ${gpu.busId} was set to ${watts.toFixed(2)} W from ${before.toFixed(2)} W.\n`;
  });
}

function forEach(
  context: CommandContext,
  gpus: readonly ListedGpu[],
  denied: (gpu: ListedGpu) => string,
  apply: (gpu: ListedGpu) => string,
): CommandResult {
  const first = gpus[0];
  if (!context.root && first !== undefined) return printed(`${denied(first)}\n${early}`, noPermission);
  return printed(`${gpus.map(apply).join('')}All done.\n`);
}

function clocksDenied(gpu: ListedGpu): string {
  return `The current user does not have permission to change clocks for GPU ${gpu.busId}.`;
}

function powerDenied(gpu: ListedGpu): string {
  return `Failed to set power management limit for GPU ${gpu.busId}: Insufficient Permissions`;
}

function currentLimit(context: CommandContext, gpu: ListedGpu): number {
  const { timeline, node, nowMs } = context;
  return gpuSettings(timeline.segmentAt(nowMs).settings, node.name, gpu.index).powerLimitW;
}
