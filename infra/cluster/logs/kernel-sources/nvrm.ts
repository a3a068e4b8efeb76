import { parseGpuPlace } from '../../state/place.ts';
import type { WorldGpu, WorldNode } from '../../world.ts';
import type { KernelLine } from './kernel-source.ts';

/** Who, where the driver does not know. */
export const unknown = "pid='<unknown>', name=<unknown>";

/** The GPU of a node that a place names. */
export function gpuOf(node: WorldNode, place: string): WorldGpu | undefined {
  const at = parseGpuPlace(place);
  return at !== null && at.node === node.name ? node.gpus[at.gpu] : undefined;
}

/** `0000:4e:00`, as the driver prints it. */
export function busOf(gpu: WorldGpu): string {
  return gpu.busId.slice(4, 14).replace(/\.0$/, '').toLowerCase();
}

/** The port of the PCIe switch above a board: two buses before it. */
export function slotAbove(gpu: WorldGpu): string {
  return `${(Number.parseInt(gpu.busId.slice(9, 11), 16) - 2).toString(16).padStart(2, '0')}:00.0`;
}

/** The driver prints without a level of its own, which the kernel takes for a warning. */
export function xid(gpu: WorldGpu, atMs: number, number: number, text: string): KernelLine {
  return { atMs, level: 'warn', text: `NVRM: Xid (PCI:${busOf(gpu)}): ${number}, ${text}` };
}
