import { spread } from '../noise.ts';
import type { World, WorldNode } from '../world.ts';

/** Main memory of a node in kibibytes. */
export interface HostMemory {
  readonly totalKib: number;
  readonly freeKib: number;
  readonly availableKib: number;
}

export interface Filesystem {
  readonly device: string;
  readonly mount: string;
  readonly fstype: string;
  readonly kib: number;
  readonly kibUsed: number;
  readonly inodes: number;
  readonly inodesUsed: number;
}

// Host figures are refreshed every ten seconds.
const tickMs = 10_000;

export function memory(world: World, node: WorldNode, atMs: number): HostMemory {
  const totalKib = 1_056_291_840;
  const trainersKib = node.gpus.length * 34_000_000;
  const wobble = Math.round(4_000_000 * noise(world, node, 'memory', atMs));
  const availableKib = totalKib - trainersKib - 61_000_000 + wobble;
  return { totalKib, freeKib: availableKib - 402_000_000, availableKib };
}

/** A trainer process and its loader threads keep about three cores a GPU busy. */
export function load1(world: World, node: WorldNode, atMs: number): number {
  return Math.max(0, node.gpus.length * 3.1 + 1.5 * noise(world, node, 'load', atMs));
}

export function filesystems(world: World, node: WorldNode, atMs: number): readonly Filesystem[] {
  const grown = Math.round(40_000 * (1 + noise(world, node, 'disk', atMs)));
  return [
    disk('/dev/nvme0n1p2', '/', 'ext4', 459_850_000, 71_204_000 + grown, 29_261_824, 618_204),
    disk('/dev/nvme1n1', '/raid', 'xfs', 7_501_476_528, 1_904_221_000 + grown, 750_148_032, 1_204_776),
    disk('tmpfs', '/dev/shm', 'tmpfs', 528_145_920, 18_420_332, 132_036_480, 412),
    disk('lustre01@o2ib:/scratch', '/lustre', 'lustre', 1_464_843_750_000, 902_148_113_664, 4_294_967_296, 812_330_114),
  ];
}

function disk(
  device: string,
  mount: string,
  fstype: string,
  kib: number,
  kibUsed: number,
  inodes: number,
  inodesUsed: number,
): Filesystem {
  return { device, mount, fstype, kib, kibUsed, inodes, inodesUsed };
}

function noise(world: World, node: WorldNode, quantity: string, atMs: number): number {
  return spread(world.seed, quantity, node.index, Math.floor(atMs / tickMs));
}
