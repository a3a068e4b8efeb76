import { spread } from '../noise.ts';
import type { World, WorldNode } from '../world.ts';
import { raid, raidUsage } from './disk.ts';
import { hogThreads } from './outsiders.ts';
import { hostShm, hostShmUsage } from './shm.ts';
import { stuckTasks } from './stuck-tasks.ts';
import type { Timeline } from './timeline.ts';

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

/** A trainer process and its loader threads keep about three cores a GPU busy. */
export function load1(cluster: Timeline, node: WorldNode, atMs: number): number {
  const timeline = cluster.of(node);
  const { world } = timeline;
  const { settings, busyNodes } = timeline.segmentAt(atMs);
  // What waits in the kernel counts like what runs.
  const others = hogThreads(settings, node, atMs) + stuckTasks(timeline, node, atMs).count;
  // Without the job only the exporters and daemons run.
  if (!busyNodes.has(node.name)) return others + 0.3 + 0.2 * (1 + noise(world, node, 'load', atMs));
  return others + Math.max(0, node.gpus.length * 3.1 + 1.5 * noise(world, node, 'load', atMs));
}

export function filesystems(timeline: Timeline, node: WorldNode, atMs: number): readonly Filesystem[] {
  const { world } = timeline;
  const { kibUsed, inodesUsed } = raidUsage(world, timeline.segmentAt(atMs).settings, node, atMs);
  const grown = Math.round(40_000 * (1 + noise(world, node, 'disk', atMs)));
  const shm = hostShmUsage(timeline, node, atMs);
  return [
    disk('/dev/nvme0n1p2', '/', 'ext4', 459_850_000, 71_204_000 + grown, 29_261_824, 618_204),
    disk(raid.device, raid.mount, 'xfs', raid.kib, kibUsed, raid.inodes, inodesUsed),
    disk('tmpfs', '/dev/shm', 'tmpfs', hostShm.kib, shm.kib, hostShm.inodes, shm.files),
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
