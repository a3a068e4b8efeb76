import { integer } from '../noise.ts';
import { factSpansAt } from '../state/facts/spans.ts';
import type { WorldNode } from '../world.ts';
import { shardKib } from './checkpoint.ts';
import { bootMsOf } from './node-life.ts';
import { lastStepAt, iterationOf, type Timeline } from './timeline.ts';
import { checkpointEvery } from './checkpoint.ts';

export const drives = ['nvme0n1', 'nvme1n1'] as const;
export type Drive = (typeof drives)[number];

/** Counters of `/proc/diskstats` since the boot (Documentation/admin-guide/iostats.rst). */
export interface DriveCounters {
  readonly reads: number;
  readonly readSectors: number;
  readonly readMs: number;
  readonly writes: number;
  readonly writtenSectors: number;
  readonly writeMs: number;
  readonly busyMs: number;
  readonly inFlight: number;
}

/** Requests a second and time of one of them: the system's drive is quiet, that of /raid serves caches and checkpoints. */
const usual = {
  nvme0n1: { readsPerS: 0.8, writesPerS: 21, readMs: 0.11, writeMs: 0.24, readKib: 24, writeKib: 16 },
  nvme1n1: { readsPerS: 310, writesPerS: 46, readMs: 0.14, writeMs: 0.31, readKib: 128, writeKib: 512 },
} as const;

export function driveCounters(timeline: Timeline, node: WorldNode, drive: Drive, ms: number): DriveCounters {
  const { world } = timeline;
  const bootMs = bootMsOf(timeline.segmentAt(ms).settings, node, ms);
  const seconds = (ms - bootMs) / 1000;
  const { readsPerS, writesPerS, readMs, writeMs, readKib, writeKib } = usual[drive];
  const draw = 1 + integer(world.seed, 100, 'drive', drive, node.index) / 1000;
  const reads = Math.floor(readsPerS * draw * seconds);
  const checkpoints = drive === 'nvme1n1' ? checkpointsOf(timeline, node, ms) : 0;
  const checkpointWrites = Math.floor((checkpoints * shardKib) / writeKib);
  const writes = Math.floor(writesPerS * draw * seconds) + checkpointWrites;
  // What a slow drive adds: every request of the time in which it was slow waited that much longer.
  const slow = factSpansAt(timeline, { fact: 'storage.nvme-slowdown', place: node.name, key: drive }, bootMs, ms);
  const extraS = slow.reduce(
    (sum, span) =>
      sum + ((span.value - 1) * Math.max(0, Math.min(span.toMs, ms) - Math.max(span.fromMs, bootMs))) / 1000,
    0,
  );
  const slowNow = slow.find((span) => span.toMs >= ms)?.value ?? 1;
  const waitMs = Math.floor(reads * readMs + extraS * readsPerS * readMs);
  const writeWaitMs = Math.floor(writes * writeMs + extraS * writesPerS * writeMs);
  return {
    reads,
    readSectors: reads * readKib * 2,
    readMs: waitMs,
    writes,
    writtenSectors: writes * writeKib * 2,
    writeMs: writeWaitMs,
    busyMs: Math.min(Math.floor(1000 * seconds), Math.floor(0.6 * (reads * readMs + writes * writeMs) + extraS * 120)),
    inFlight: slowNow > 5 ? Math.min(64, Math.round(slowNow)) : 0,
  };
}

/** Checkpoints that the job has written on this node in the recorded past. */
function checkpointsOf(timeline: Timeline, node: WorldNode, ms: number): number {
  if (!timeline.world.job.nodes.includes(node.index)) return 0;
  const step = lastStepAt(timeline, ms);
  return Math.max(0, Math.floor((iterationOf(timeline, step) - timeline.world.job.firstIteration) / checkpointEvery));
}
