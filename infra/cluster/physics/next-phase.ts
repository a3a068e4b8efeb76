import { nextFactChangeMs } from '../state/facts/fact-at.ts';
import type { World } from '../world.ts';
import type { Attempt, JobPhase } from './job.ts';
import { launchDeath } from './launch-failures/index.ts';
import { startOf } from './scheduler.ts';
import type { Segment } from './segment.ts';
import { stepsAfter } from './step-work.ts';
import { watchdogDeath, watchdogMsOf } from './watchdog.ts';

/** Cluster time from the first line of the launch to the first step, when data and model are warm in the page cache. */
export const firstLaunchMs = 18_000;
/** The same after a failure: caches are cold, the checkpoint comes from Lustre. */
export const relaunchMs = 45_000;
/** From a rank's death to the end of the job: the other agents notice, srun ends the step, epilogs run. */
export const tearDownMs = 12_000;

/** What happens by itself. */
export interface Next {
  readonly atMs: number;
  readonly phase: JobPhase;
}

/** What happens next without anybody's doing: in the job's life, to a cause, or to a clock; null when nothing does. */
export function nextChange(world: World, at: Segment, resumeFrom: () => number): Next | null {
  const lived = nextPhase(world, at, resumeFrom);
  const changedMs = Math.min(nextFactChangeMs(at.settings, at.fromMs), at.thermal.nextMs);
  if (changedMs === Infinity || (lived !== null && lived.atMs <= changedMs)) return lived;
  return { atMs: changedMs, phase: at.phase };
}

/** The job's next phase if no cause changes before. */
function nextPhase(world: World, at: Segment, resumeFrom: () => number): Next | null {
  const { phase } = at;
  switch (phase.kind) {
    case 'unsubmitted': {
      if (world.job.startMs === Infinity) return null;
      const attempt: Attempt = {
        number: 0,
        launchMs: world.job.startMs - firstLaunchMs,
        runMs: world.job.startMs,
        nodes: world.job.nodes,
        fromIteration: world.job.firstIteration,
        stepBase: 0,
        workBase: 0,
        memoryLimitMib: null,
        launchFacts: at.settings.facts,
      };
      return { atMs: Math.max(attempt.launchMs, at.fromMs), phase: { kind: 'launching', attempt } };
    }
    case 'launching': {
      const { attempt } = phase;
      const death = launchDeath(world, at.settings, attempt, at.fromMs);
      if (death !== null) return { atMs: death.atMs, phase: { kind: 'dying', attempt, death } };
      return { atMs: attempt.runMs, phase: { kind: 'running', attempt, stop: null } };
    }
    case 'running': {
      const { stop, attempt } = phase;
      if (stop === null) return null;
      if (stop.kind !== 'hangs') return { atMs: stop.atMs, phase: { kind: 'dying', attempt, death: stop } };
      const watchdogMs = watchdogMsOf(world, at.settings, stop);
      return { atMs: stop.atMs, phase: { kind: 'hung', attempt, hang: stop, watchdogMs } };
    }
    case 'hung': {
      const { attempt, hang, watchdogMs } = phase;
      const death = watchdogDeath(world, attempt, hang, watchdogMs);
      return { atMs: death.atMs, phase: { kind: 'dying', attempt, death } };
    }
    case 'dying': {
      const endedMs = phase.death.atMs + tearDownMs;
      return { atMs: endedMs, phase: { kind: 'ended', attempt: phase.attempt, death: phase.death, endedMs } };
    }
    case 'ended':
      return null;
    case 'pending': {
      const start = startOf(world, at.settings, phase, at.fromMs);
      if (start === null) return null;
      const attempt: Attempt = {
        number: phase.previous.number + 1,
        launchMs: start.atMs,
        runMs: start.atMs + relaunchMs,
        nodes: start.nodes,
        fromIteration: resumeFrom(),
        stepBase: Math.ceil(stepsAfter(phase.previous, at.workAtStart)),
        workBase: Math.ceil(at.workAtStart),
        memoryLimitMib: at.settings.jobMemoryMib.get(world.job.name) ?? null,
        launchFacts: at.settings.facts,
      };
      return { atMs: start.atMs, phase: { kind: 'launching', attempt } };
    }
  }
}
