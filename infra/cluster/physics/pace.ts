import type { Settings } from '../state/settings.ts';
import type { World } from '../world.ts';
import type { Attempt } from './job.ts';
import { lostPorts } from './network/dead-ports.ts';
import { cutOffNodes } from './network/leaf-cut-off.ts';
import { afterWork, flappingPorts, railDelayMs, severedPorts, upShare, workedMs } from './rails.ts';

/** How an attempt makes steps while no cause changes. */
export interface Pace {
  /** Mean time of a step, the stalls in it included. */
  readonly meanStepMs: number;
  /** Steps between two moments, a real number. */
  steps(fromMs: number, toMs: number): number;
  /** The moment at which so many steps have been made since `fromMs`. */
  after(fromMs: number, steps: number): number;
}

/** `ownStepMs` is what its ranks need when no port is in the way. Null when the job makes no steps at all: it waits for a port that does not answer any more. */
export function paceOf(
  world: World,
  settings: Settings,
  attempt: Attempt,
  ownStepMs: number,
  atMs: number,
): Pace | null {
  if (severedPorts(world, settings, attempt).length > 0) return null;
  if (lostPorts(world, settings, attempt, atMs).length > 0) return null;
  if (cutOffNodes(world, settings, attempt, atMs).length > 0) return null;
  const stepMs = ownStepMs + railDelayMs(world, settings, attempt);
  const ports = flappingPorts(world, settings, attempt);
  if (ports.length === 0)
    return {
      meanStepMs: stepMs,
      steps: (fromMs, toMs) => (toMs - fromMs) / stepMs,
      after: (fromMs, steps) => fromMs + steps * stepMs,
    };
  return {
    meanStepMs: stepMs / upShare(ports),
    steps: (fromMs, toMs) => workedMs(ports, fromMs, toMs) / stepMs,
    after: (fromMs, steps) => afterWork(ports, fromMs, steps * stepMs),
  };
}
