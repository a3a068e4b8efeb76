import { spread } from '../noise.ts';
import type { Growth, Settings } from '../state/settings.ts';
import type { World, WorldNode } from '../world.ts';
import { activeAttempt, type Attempt } from './job.ts';
import { jobShmBytes, leftoverMib } from './shm.ts';
import { outsidersOf } from './outsiders.ts';
import type { Timeline } from './timeline.ts';

/** Main memory of a node in kibibytes. */
export interface HostMemory {
  readonly totalKib: number;
  readonly freeKib: number;
  readonly availableKib: number;
}

export const totalKib = 1_056_291_840;
/** What Slurm counts as a node's memory (`RealMemory`). */
export const realMemoryMib = 1_031_000;
const systemKib = 61_000_000;
/** Page cache that a quiet node keeps beside what is free. */
const cacheKib = 402_000_000;

/** Loader worker processes of one rank (`num_workers`). */
export const workersPerRank = 8;
const trainerKib = 27_200_000;
const workerKib = 850_000;
const rankKib = trainerKib + workersPerRank * workerKib;

// The kernel kills when reclaim finds nothing above the watermarks of the zones.
const unreclaimableKib = 5_300_000;
/** Workers are replaced when the job reaches this share of the limit that its cgroup sets. */
export const recycleShare = 0.9;

// Host figures are refreshed every ten seconds.
const tickMs = 10_000;

export function memory(cluster: Timeline, node: WorldNode, atMs: number): HostMemory {
  const timeline = cluster.of(node);
  const { world } = timeline;
  const wobble = Math.round(4_000_000 * spread(world.seed, 'memory', node.index, Math.floor(atMs / tickMs)));
  const left = totalKib - jobKib(timeline, node, atMs) - othersKib(timeline, node, atMs) - systemKib + wobble;
  const availableKib = Math.max(Math.round(left), 900_000 + Math.round(wobble / 40));
  // Under pressure the page cache goes first.
  const cache = Math.min(cacheKib, Math.floor(0.9 * availableKib));
  return { totalKib, freeKib: availableKib - cache, availableKib };
}

/** What processes beside the job hold, and files in /dev/shm that are nobody's. */
function othersKib(timeline: Timeline, node: WorldNode, atMs: number): number {
  const { settings } = timeline.segmentAt(atMs);
  const held = outsidersOf(timeline.world, settings, node, atMs).reduce((sum, { rssKib }) => sum + rssKib, 0);
  return held + 1_024 * leftoverMib(settings, node.name, atMs);
}

/** Shared memory: all of /dev/shm, and what containers have in one of their own. */
export function shmemKib(cluster: Timeline, node: WorldNode, atMs: number): number {
  const timeline = cluster.of(node);
  const { settings } = timeline.segmentAt(atMs);
  return (
    402_330 + Math.ceil(jobShmBytes(timeline, node, atMs) / 1_024) + 1_024 * leftoverMib(settings, node.name, atMs)
  );
}

/** Resident memory of the processes of one rank, in KiB. */
export interface RankMemory {
  readonly trainerKib: number;
  /** Of each of its loader workers. */
  readonly workerKib: number;
  /** How often its workers have been replaced because the job came near its limit. */
  readonly recycled: number;
  /** Since when these workers run. */
  readonly workersSinceMs: number;
}

/** Null when no process of the job runs for this GPU. */
export function rankMemory(cluster: Timeline, node: WorldNode, gpu: number, atMs: number): RankMemory | null {
  const timeline = cluster.of(node);
  const { phase, settings } = timeline.segmentAt(atMs);
  const attempt = activeAttempt(phase);
  if (attempt === null || !attempt.nodes.includes(node.index)) return null;
  if (phase.kind === 'dying' && phase.death.node === node.index && phase.death.gpu === gpu) return null;
  const { kib, recycled, sinceMs } = leaked(settings, attempt, node, atMs);
  const share = phase.kind === 'launching' ? 0.5 : 1;
  return {
    trainerKib: Math.round(share * trainerOf(timeline.world, attempt, node.index, gpu)),
    workerKib: Math.round(share * workerKib + kib / (node.gpus.length * workersPerRank)),
    recycled,
    workersSinceMs: sinceMs,
  };
}

function jobKib(timeline: Timeline, node: WorldNode, atMs: number): number {
  const { phase, settings } = timeline.segmentAt(atMs);
  const attempt = activeAttempt(phase);
  if (attempt === null || !attempt.nodes.includes(node.index)) return 0;
  const dead = phase.kind === 'dying' && phase.death.node === node.index ? 1 : 0;
  const alive = (node.gpus.length - dead) / node.gpus.length;
  const share = phase.kind === 'launching' ? 0.5 : 1;
  return alive * (share * node.gpus.length * rankKib + leaked(settings, attempt, node, atMs).kib);
}

/** Trainers differ a little; the kernel takes the largest. */
export function trainerOf(world: World, attempt: Attempt, node: number, gpu: number): number {
  return trainerKib + Math.round(240_000 * spread(world.seed, 'trainer-rss', attempt.number, node, gpu));
}

/** When the loader workers of a leaking node have filled it, and whether the job's own limit comes first. */
export function memoryFullMs(
  settings: Settings,
  attempt: Attempt,
  node: WorldNode,
): { readonly atMs: number; readonly byLimit: boolean } | null {
  const limitKib = attempt.memoryLimitMib === null ? null : attempt.memoryLimitMib * 1024;
  const neededKib = node.gpus.length * rankKib;
  // A limit that does not hold the trainers themselves kills them while they fill their buffers.
  if (limitKib !== null && limitKib < neededKib)
    return { atMs: attempt.runMs + 1_000 + 5_000 * (limitKib / neededKib), byLimit: true };
  const leak = leakOf(settings, attempt, node);
  if (leak === null || contained(attempt)) return null;
  const roomKib = totalKib - systemKib - neededKib - unreclaimableKib;
  return { atMs: leak.sinceMs + (1000 * roomKib) / leak.kibPerSecond, byLimit: false };
}

/** When the loader replaced the workers of a node, from `fromMs` up to `toMs`. */
export function recycledAt(
  settings: Settings,
  attempt: Attempt,
  node: WorldNode,
  fromMs: number,
  toMs: number,
): readonly number[] {
  const leak = leakOf(settings, attempt, node);
  if (leak === null || !contained(attempt)) return [];
  const { sinceMs } = leak;
  const periodMs = (1000 * roomBelowLimit(attempt, node)) / leak.kibPerSecond;
  const times: number[] = [];
  for (let count = Math.max(1, Math.ceil((fromMs - sinceMs) / periodMs)); ; count += 1) {
    const atMs = sinceMs + count * periodMs;
    if (atMs >= toMs || times.length >= recyclesMax) return times;
    times.push(atMs);
  }
}

// In one window of logs; a limit so low that it needs more is not worth a line each.
const recyclesMax = 200;

function leaked(
  settings: Settings,
  attempt: Attempt,
  node: WorldNode,
  atMs: number,
): { readonly kib: number; readonly recycled: number; readonly sinceMs: number } {
  const leak = leakOf(settings, attempt, node);
  if (leak === null || atMs <= leak.sinceMs) return { kib: 0, recycled: 0, sinceMs: attempt.launchMs };
  const { sinceMs, kibPerSecond } = leak;
  const grown = (kibPerSecond * (atMs - sinceMs)) / 1000;
  if (!contained(attempt)) return { kib: grown, recycled: 0, sinceMs: attempt.launchMs };
  const room = roomBelowLimit(attempt, node);
  const recycled = Math.floor(grown / room);
  const lastMs = recycled === 0 ? attempt.launchMs : sinceMs + (1000 * recycled * room) / kibPerSecond;
  return { kib: grown - recycled * room, recycled, sinceMs: lastMs };
}

/** All loader workers of a node together, as far as this attempt is concerned. */
function leakOf(settings: Settings, attempt: Attempt, node: WorldNode): Growth | null {
  const cause = settings.leaks.get(node.name);
  return cause === undefined || !attempt.nodes.includes(node.index)
    ? null
    : { ...cause, sinceMs: Math.max(cause.sinceMs, attempt.runMs) };
}

/** With a limit of its own the job sees memory run short before the node does, and replaces its workers in time. */
function contained(attempt: Attempt): boolean {
  return attempt.memoryLimitMib !== null && attempt.memoryLimitMib < realMemoryMib;
}

function roomBelowLimit(attempt: Attempt, node: WorldNode): number {
  const limitKib = (attempt.memoryLimitMib ?? realMemoryMib) * 1024;
  return Math.max(0.02 * limitKib, recycleShare * limitKib - node.gpus.length * rankKib);
}
