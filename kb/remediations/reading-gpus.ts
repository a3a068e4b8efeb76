import type { Device, Finding } from '../../workflows/domain/finding.ts';
import { findingsOn } from './target-gpu.ts';
import type { NodeScene } from './scene.ts';

/** One GPU of the node, and what a probe read on it. */
interface ReadGpu {
  readonly index: string;
  readonly device: Device;
  readonly reading: Finding;
}

/**
 * The GPUs of the node on which a probe read a setting that is wrong, the lowest first: who sets one usually sets
 * them all, and a job is as fast as its slowest. The cause names the node and a reading its GPU; where the cause names a
 * GPU as well, there are none unless that one is among them.
 */
export function gpusReading(
  { cause, node }: NodeScene,
  readingOf: (device: Device & { readonly index: number }) => Finding | undefined,
): readonly ReadGpu[] {
  const named = cause.device;
  const read = node.gpus
    .map(({ index }) => index)
    .toSorted((a, b) => a - b)
    .flatMap((index) => {
      const reading = readingOf({ kind: 'gpu', index });
      const device = named?.kind === 'gpu' && named.index === index ? named : reading?.device;
      return reading === undefined || device === undefined ? [] : [{ index: String(index), device, reading }];
    });
  return named === undefined || read.some(({ device }) => device === named) ? read : [];
}

/** `node-07 GPU 3`, or `a GPU of node-07`: what no reading was found for. */
export function placeOf({ cause: { device }, node }: NodeScene): string {
  return device?.kind === 'gpu' && device.index !== undefined
    ? `${node.name} GPU ${device.index}`
    : `a GPU of ${node.name}`;
}

/** `GPU 3`, `GPUs 0, 1 and 2`. */
export function gpusInWords(gpus: readonly ReadGpu[]): string {
  const indexes = gpus.map(({ index }) => index);
  return indexes.length === 1 ? `GPU ${indexes[0]}` : `GPUs ${indexes.slice(0, -1).join(', ')} and ${indexes.at(-1)}`;
}

/** What was read on them: `210 MHz`, or `210 to 900 MHz`. */
export function rangeInWords(values: readonly number[], unit: string): string {
  const low = Math.min(...values);
  const high = Math.max(...values);
  return low === high ? `${low} ${unit}` : `${low} to ${high} ${unit}`;
}

/** Findings of one GPU of the node, the latest last. */
export function findingsOfGpu({ node, here }: NodeScene, index: number): readonly Finding[] {
  return findingsOn({ node: node.name, device: { kind: 'gpu', index } }, here);
}

/**
 * Where a board protects itself, so that a setting there stays: on the GPU that the cause names, or where none is
 * left on which it does not; `null` where the others can be set.
 */
export function protectedAt(
  { cause, node }: NodeScene,
  read: readonly ReadGpu[],
  free: readonly ReadGpu[],
  protecting: (index: number) => Finding | undefined,
): string | null {
  const named = cause.device?.kind === 'gpu' ? cause.device.index : undefined;
  const candidates = named === undefined ? (free.length > 0 ? [] : read.map(({ index }) => Number(index))) : [named];
  const [index] = candidates.filter((one) => protecting(one) !== undefined);
  return index === undefined ? null : `${node.name} GPU ${index} slows itself down (${protecting(index)?.kind})`;
}
