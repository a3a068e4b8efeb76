import { presenceOf } from '../../physics/gpu-presence.ts';
import type { WorldGpu } from '../../world.ts';
import type { CommandContext } from '../command.ts';

/** A GPU as NVML lists it: those that were there when the driver was loaded, numbered in the order of their buses. */
export interface ListedGpu extends WorldGpu {
  readonly nvmlIndex: number;
  /** It was there, and does not answer any more. */
  readonly lost: boolean;
}

export function listedGpus({ timeline, node, nowMs }: CommandContext): readonly ListedGpu[] {
  const { settings } = timeline.segmentAt(nowMs);
  return node.gpus
    .map((gpu) => ({ gpu, presence: presenceOf(settings, node, gpu.index, nowMs) }))
    .filter(({ presence }) => presence !== 'absent')
    .map(({ gpu, presence }, nvmlIndex) => ({ ...gpu, nvmlIndex, lost: presence === 'lost' }));
}

/** What the tool prints in the place of one that is lost. */
export function lostLine(gpu: WorldGpu): string {
  return `Unable to determine the device handle for GPU${gpu.busId.slice(4)}: Unknown Error\n`;
}

/** Its exit code then. */
export const lostExit = 255;
