import { factAt } from '../state/facts/fact-at.ts';
import type { Settings } from '../state/settings.ts';
import type { WorldNode } from '../world.ts';
import { activeAttempt, type Attempt } from './job.ts';
import { atLaunch } from './launch-state.ts';
import type { World } from '../world.ts';
import type { Timeline } from './timeline.ts';

/** /dev/shm of a node: half of its memory, the kernel's default. */
export const hostShm = { kib: 528_145_920, inodes: 132_036_480 } as const;

/** What one rank keeps there: NCCL's buffers between the GPUs of a node, and batches of its loader workers. */
export const ncclSegments = 10;
export const ncclSegmentBytes = 9_637_888;
export const batchFiles = 40;
export const batchBytes = 55_624_704;
const rankBytes = ncclSegments * ncclSegmentBytes + batchFiles * batchBytes;
/** One more a rank is the mark of its OpenMP runtime. */
export const filesOfRank = ncclSegments + batchFiles + 1;
export const ncclMib = (8 * ncclSegments * ncclSegmentBytes) / 2 ** 20;

/** Bytes that the processes of the job on a node have in their /dev/shm. */
export function jobShmBytes(timeline: Timeline, node: WorldNode, ms: number): number {
  const { phase, busyNodes } = timeline.segmentAt(ms);
  if (!busyNodes.has(node.name)) return 0;
  const share = phase.kind === 'launching' ? 0.1 : 1;
  return Math.floor(share * node.gpus.length * rankBytes);
}

/** Size of a /dev/shm of the containers' own in MiB; null where they share the host's. */
export function ownShmMib(world: World, attempt: Attempt): number | null {
  const mib = atLaunch(world, attempt, { fact: 'container.shm-mib', place: world.job.name });
  return mib === 0 ? null : mib;
}

export function leftoverMib(settings: Settings, node: string, ms: number): number {
  return settings.facts.has('host.shm-leftover-mib')
    ? factAt(settings, { fact: 'host.shm-leftover-mib', place: node }, ms)
    : 0;
}

/** Size of a batch of the job that is gone, which had longer samples. */
export const leftoverBytes = 4 * batchBytes;

/** Files that it left. */
export function leftoverFiles(mib: number): number {
  return Math.ceil((mib * 2 ** 20) / leftoverBytes);
}

/** What the file system of the host shows. */
export function hostShmUsage(
  timeline: Timeline,
  node: WorldNode,
  ms: number,
): { readonly kib: number; readonly files: number } {
  const { settings, phase, busyNodes } = timeline.segmentAt(ms);
  const attempt = activeAttempt(phase);
  const shares = attempt !== null && busyNodes.has(node.name) && ownShmMib(timeline.world, attempt) === null;
  const left = leftoverMib(settings, node.name, ms);
  const jobKib = shares ? Math.ceil(jobShmBytes(timeline, node, ms) / 1024) : 0;
  return {
    kib: Math.min(hostShm.kib, jobKib + left * 1_024),
    files: 4 + (shares ? node.gpus.length * filesOfRank : 0) + (left > 0 ? leftoverFiles(left) : 0),
  };
}
