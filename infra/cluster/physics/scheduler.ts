import type { Change } from '../state/actions.ts';
import type { Reservation, Settings } from '../state/settings.ts';
import type { World } from '../world.ts';
import { activeAttempt, type JobPhase } from './job.ts';
import { isUp } from './node-life.ts';
import { railDelayMs } from './rails.ts';
import { sharedBy } from './speed.ts';
import type { Segment } from './segment.ts';

/** Fewer nodes than this do not hold the model's replicas apart. */
export const nodesMin = 2;

/** Cluster time from a requeue to the earliest start: Slurm lets the old credentials expire first. */
export const requeueDelayMs = 20_000;
/** Cluster time until the scheduler's next pass. */
export const schedulerPassMs = 5_000;

/** Reservations in force at a moment. */
export function activeReservations(settings: Settings, atMs: number): readonly Reservation[] {
  return [...settings.reservations.values()].filter((one) => one.fromMs <= atMs && atMs < one.untilMs);
}

/** Indexes of the nodes that the scheduler gives to the job: neither drained nor reserved nor excluded nor down. */
export function nodesInService(world: World, settings: Settings, atMs: number): readonly number[] {
  const reserved = new Set(activeReservations(settings, atMs).flatMap((one) => one.nodes));
  const excluded = settings.excluded.get(world.job.name) ?? [];
  const usable = world.job.partition.filter((index) => {
    const name = world.nodes[index]?.name ?? '';
    return !settings.drained.has(name) && !reserved.has(name) && !excluded.includes(name) && isUp(settings, name, atMs);
  });
  // Its own nodes come first, spare ones take the place of those that are missing.
  return usable.slice(0, world.job.nodes.length);
}

/**
 * The step time that the nodes in service and the ports that nobody disabled allow over the mean one of the job: 1 is
 * full speed, 0 when no step is made.
 */
export function relativeSpeed(
  world: World,
  { settings, phase, meanStepMs }: Pick<Segment, 'settings' | 'phase' | 'meanStepMs'>,
  atMs: number,
): number {
  const attempt = activeAttempt(phase);
  if (meanStepMs === null || attempt === null) return 0;
  const allowedMs =
    world.job.healthyStepMs * sharedBy(world, nodesInService(world, settings, atMs)) +
    railDelayMs(world, settings, attempt);
  return Math.min(1, allowedMs / meanStepMs);
}

/** What a change that root or an administrator makes to the job does to its life. */
export function phaseAfter(world: World, phase: JobPhase, change: Change, atMs: number): JobPhase {
  if ((change.kind === 'job-release' || change.kind === 'job-requeue') && !concerns(world, change.job)) return phase;
  if (change.kind === 'job-release')
    return phase.kind === 'pending' && phase.held
      ? { ...phase, held: false, eligibleMs: Math.max(phase.eligibleMs, atMs + schedulerPassMs) }
      : phase;
  if (change.kind !== 'job-requeue') return phase;
  // Nobody waits for the watchdog of a job whose cause is mended.
  const over = phase.kind === 'ended' || phase.kind === 'dying' || phase.kind === 'hung';
  if (change.onlyWhenEnded === true && !over) return phase;
  const attempt = phase.kind === 'ended' ? phase.attempt : activeAttempt(phase);
  if (attempt === null) return phase;
  return { kind: 'pending', previous: attempt, sinceMs: atMs, held: change.hold, eligibleMs: atMs + requeueDelayMs };
}

/** Whether a change is about the job of this view; one that names none is about the first. */
function concerns(world: World, job: string | undefined): boolean {
  return world.job.name === (job ?? world.jobs[0]?.name);
}

/** When a pending job can start, and where; null when nothing that is known makes it start. */
export function startOf(
  world: World,
  settings: Settings,
  phase: Extract<JobPhase, { kind: 'pending' }>,
  fromMs: number,
): { readonly atMs: number; readonly nodes: readonly number[] } | null {
  if (phase.held) return null;
  const earliestMs = Math.max(fromMs, phase.eligibleMs);
  const ends = [
    ...[...settings.reservations.values()].map((one) => one.untilMs),
    ...[...settings.reboots.values()].flat().map((one) => one.backMs),
  ].filter((ms) => ms > earliestMs);
  for (const atMs of [earliestMs, ...ends.toSorted((a, b) => a - b)]) {
    const nodes = nodesInService(world, settings, atMs);
    if (nodes.length >= Math.min(nodesMin, world.job.nodes.length)) return { atMs, nodes };
  }
  return null;
}
