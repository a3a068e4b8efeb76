import { a800, clockReason } from '../../physics/a800.ts';
import { ctime } from '../../clock.ts';
import { readGpu } from '../../physics/reading.ts';
import { driverState } from '../../physics/driver-state.ts';
import { listedGpus, type ListedGpu } from './listed.ts';
import { printed, type CommandContext, type CommandResult } from '../command.ts';
import { onNodeClock } from '../node-clock.ts';

/** `nvidia-smi -L`. */
export function listGpus(gpus: readonly ListedGpu[]): CommandResult {
  return printed(gpus.map((gpu) => `GPU ${gpu.nvmlIndex}: ${a800.model} (UUID: ${gpu.uuid})\n`).join(''));
}

/** `nvidia-smi -q -d PERFORMANCE`. */
export function performance(context: CommandContext, gpus: readonly ListedGpu[]): CommandResult {
  const { node, timeline, nowMs } = context;
  const lines = [...reportHead(context)];
  for (const gpu of gpus) {
    const { reasons } = readGpu(timeline, node, gpu, nowMs);
    const active = (bit: number) => ((reasons & bit) === 0 ? 'Not Active' : 'Active');
    lines.push(
      `GPU ${gpu.busId}`,
      row(4, 'Performance State', 'P0'),
      '    Clocks Event Reasons',
      row(8, 'Idle', active(clockReason.idle)),
      row(8, 'Applications Clocks Setting', active(clockReason.applicationsClocksSetting)),
      row(8, 'SW Power Cap', active(clockReason.swPowerCap)),
      row(8, 'HW Slowdown', active(clockReason.hwSlowdown)),
      row(12, 'HW Thermal Slowdown', active(clockReason.hwThermalSlowdown)),
      row(12, 'HW Power Brake Slowdown', active(clockReason.hwPowerBrakeSlowdown)),
      row(8, 'Sync Boost', active(clockReason.syncBoost)),
      row(8, 'SW Thermal Slowdown', active(clockReason.swThermalSlowdown)),
      row(8, 'Display Clock Setting', active(clockReason.displayClockSetting)),
      row(4, 'Sparse Operation Mode', 'Disabled'),
      '',
    );
  }
  return printed(lines.map((line) => `${line}\n`).join(''));
}

/** The lines above the first GPU of every `nvidia-smi -q`. */
export function reportHead(context: CommandContext): readonly string[] {
  const { timeline, node, nowMs } = context;
  const { settings } = timeline.segmentAt(nowMs);
  return [
    '',
    '==============NVSMI LOG==============',
    '',
    row(0, 'Timestamp', ctime(onNodeClock(context, nowMs))),
    row(0, 'Driver Version', driverState(settings, node.name, nowMs).module),
    row(0, 'CUDA Version', a800.cudaVersion),
    '',
    row(0, 'Attached GPUs', String(listedGpus(context).length)),
  ];
}

export function row(indent: number, name: string, value: string): string {
  return `${`${' '.repeat(indent)}${name}`.padEnd(42)}: ${value}`;
}
