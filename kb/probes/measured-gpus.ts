import { z } from 'zod';
import type { Device } from '../../workflows/domain/finding.ts';
import { ProbeParseError, type ProbedNode } from '../schemas/probe.ts';
import type { RanReport } from './measure-probe.ts';
import { gpuDevice } from './nvidia-smi.ts';

/** Arguments of measurements that take one GPU. */
export const gpuArgs = z.object({ gpu: z.int().min(0).max(15).default(0) });
export const gpuWord = '([0-9]|1[0-5])';

export function eachGpu({ gpus }: ProbedNode): readonly { readonly gpu: number }[] {
  return gpus.map(({ index }) => ({ gpu: index }));
}

/** The GPU that the report's head names. */
export function measuredGpu({ words }: RanReport): number {
  const [gpu = '0'] = words;
  if (!/^\d{1,2}$/.test(gpu)) throw new ProbeParseError(`"${gpu.slice(0, 20)}" is not a GPU`);
  return Number(gpu);
}

export function gpuAt(index: number, node: ProbedNode | undefined): Device {
  const known = node?.gpus.find((gpu) => gpu.index === index);
  return known === undefined ? { kind: 'gpu', index } : gpuDevice(known);
}

/**
 * The first name of a board that tools print, such as `NVIDIA A800-SXM4-80GB`; null where none stands in the output.
 * Figures of one board say nothing of another.
 */
export function boardIn(lines: RanReport['lines']): string | null {
  for (const { text } of lines) {
    // nvbandwidth: "Device 0: NVIDIA A800-SXM4-80GB (00000000:07:00)"; nccl-tests: "#  Rank  0 ... [0x07] NVIDIA A800-SXM4-80GB"
    const name =
      /^Device \d+: ([A-Za-z0-9 -]{3,40}?)(?: \([0-9a-f:]+\))?$|^# +Rank .* \[[0-9a-fx:]+\] ([A-Za-z0-9 -]{3,40})$/.exec(
        text,
      );
    if (name !== null) return name[1] ?? name[2] ?? null;
  }
  return null;
}
