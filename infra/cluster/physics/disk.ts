import { spread } from '../noise.ts';
import { factAt } from '../state/facts/fact-at.ts';
import type { Settings } from '../state/settings.ts';
import type { World, WorldNode } from '../world.ts';
import { shardFiles, shardKib } from './checkpoint.ts';

/** The node's own file system: checkpoints are written here and copied to Lustre from here. */
export const raid = { device: '/dev/nvme1n1', mount: '/raid', kib: 7_501_476_528, inodes: 750_148_032 } as const;

const usedKib = 1_904_221_000;
const usedInodes = 1_204_776;
/** Checkpoints beyond the newest few that a healthy node keeps. */
const keptKib = 20 * shardKib;

// What XFS keeps to itself.
const leftKib = 96_000;

export interface Usage {
  readonly kibUsed: number;
  readonly inodesUsed: number;
}

// Host figures are refreshed every ten seconds.
const tickMs = 10_000;

export function raidUsage(world: World, settings: Settings, node: WorldNode, atMs: number): Usage {
  const grown = Math.round(40_000 * (1 + spread(world.seed, 'disk', node.index, Math.floor(atMs / tickMs))));
  const extra = extraKib(settings, node, atMs);
  const held = settings.held.get(node.name) ?? { kib: 0, files: 0 };
  return {
    kibUsed: Math.min(raid.kib, usedKib + grown + extra - held.kib),
    inodesUsed: Math.min(raid.inodes, usedInodes + filesOf(extra) + strayFiles(settings, node, atMs) - held.files),
  };
}

/** Whether one more checkpoint of this node finds no room, or no inode. */
export function raidIsFull(world: World, settings: Settings, node: WorldNode, atMs: number): boolean {
  const { kibUsed, inodesUsed } = raidUsage(world, settings, node, atMs);
  return raid.kib - kibUsed < shardKib || raid.inodes - inodesUsed < shardFiles;
}

/** Small files that nobody deletes; XFS takes inodes from the room that is left, up to its limit. */
function strayFiles(settings: Settings, node: WorldNode, atMs: number): number {
  if (!settings.facts.has('storage.stray-files')) return 0;
  return Math.floor(factAt(settings, { fact: 'storage.stray-files', place: node.name }, atMs));
}

/** Checkpoints that the policy `old-checkpoints` may move away now. */
export function reclaimable(
  settings: Settings,
  node: WorldNode,
  atMs: number,
): { readonly kib: number; readonly files: number } {
  const held = settings.held.get(node.name)?.kib ?? 0;
  const kib = Math.max(0, Math.floor(keptKib + extraKib(settings, node, atMs) - held));
  return { kib, files: filesOf(kib) };
}

function extraKib(settings: Settings, node: WorldNode, atMs: number): number {
  const fill = settings.fills.get(node.name);
  if (fill === undefined || atMs <= fill.sinceMs) return 0;
  return Math.min(raid.kib - usedKib - leftKib, Math.floor((fill.kibPerSecond * (atMs - fill.sinceMs)) / 1000));
}

function filesOf(kib: number): number {
  return Math.ceil(kib / shardKib) * shardFiles;
}
