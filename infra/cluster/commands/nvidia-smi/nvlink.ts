import { integer } from '../../noise.ts';
import { a800 } from '../../physics/a800.ts';
import { isLinkUp, nvlinkCounters } from '../../physics/nvlink.ts';
import { switchBuses } from '../../physics/nvswitch.ts';
import { printed, type CommandContext, type CommandResult } from '../command.ts';
import type { ListedGpu } from './listed.ts';

/** `nvidia-smi nvlink --status`; a link that does not train is inactive. */
export function nvlinkStatus(context: CommandContext, gpus: readonly ListedGpu[]): CommandResult {
  const { settings } = context.timeline.segmentAt(context.nowMs);
  return perLink(gpus, (gpu, link) => [
    isLinkUp(settings, context.node, gpu.index, link, context.nowMs)
      ? `Link ${link}: ${a800.nvlinkGbs} GB/s`
      : `Link ${link}: <inactive>`,
  ]);
}

/** `nvidia-smi nvlink -e`. */
export function nvlinkErrors(context: CommandContext, gpus: readonly ListedGpu[]): CommandResult {
  const { timeline, node, nowMs } = context;
  return perLink(gpus, (gpu, link) => {
    const { replays, recoveries, crc } = nvlinkCounters(timeline, node, gpu.index, link, nowMs);
    return [
      `Link ${link}: Replay Errors: ${replays}`,
      `Link ${link}: Recovery Errors: ${recoveries}`,
      `Link ${link}: CRC Errors: ${crc}`,
      null,
    ];
  });
}

/** `nvidia-smi nvlink -R`: which port of which switch a link goes to. */
export function nvlinkRemote(context: CommandContext, gpus: readonly ListedGpu[]): CommandResult {
  const { settings } = context.timeline.segmentAt(context.nowMs);
  return perLink(gpus, (gpu, link) => {
    if (!isLinkUp(settings, context.node, gpu.index, link, context.nowMs)) return [`Link ${link}: <inactive>`];
    const { bus, port } = remoteEnd(gpu.index, link);
    return [`Link ${link}: Remote Device 00000000:${bus.toUpperCase()}:00.0: Link ${port}`];
  });
}

/** The same board has the same wires everywhere. */
export function remoteEnd(gpu: number, link: number): { readonly bus: string; readonly port: number } {
  const at = (gpu + link) % switchBuses.length;
  return { bus: switchBuses[at] ?? 'c4', port: (gpu * 4 + link * 5 + integer(0, 3, 'nvlink-wire', at)) % 36 };
}

/** A blank line stands where a line is null. */
function perLink(
  gpus: readonly ListedGpu[],
  lines: (gpu: ListedGpu, link: number) => readonly (string | null)[],
): CommandResult {
  return printed(
    gpus
      .map((gpu) => {
        const links = Array.from({ length: a800.nvlinks }, (_, link) => lines(gpu, link)).flat();
        const text = links.map((line) => (line === null ? '\n' : `\t ${line}\n`)).join('');
        return `GPU ${gpu.nvmlIndex}: ${a800.model} (UUID: ${gpu.uuid})\n${text}`;
      })
      .join(''),
  );
}
