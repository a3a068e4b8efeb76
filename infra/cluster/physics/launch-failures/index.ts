import { factAt, factsOf } from '../../state/facts/fact-at.ts';
import type { Settings } from '../../state/settings.ts';
import type { World } from '../../world.ts';
import type { Attempt, RankDeath, StopQuestion } from '../job.ts';
import { checkpointDamaged } from './checkpoint-damaged.ts';
import { bootstrapFailure } from './bootstrap.ts';
import { lockedMemory, sharedMemory, withoutMount, withoutRuntime } from './host-configuration.ts';
import type { LaunchFailure } from './launch-failure.ts';
import { rendezvousFailure } from './rendezvous.ts';
import { moduleMissing } from './module-missing.ts';
import { ncclMixed } from './nccl-mixed.ts';
import { taskLaunch } from './task-launch.ts';
import { twoRanksOneGpu } from './two-ranks-one-gpu.ts';
import { worldSizeWrong } from './world-size.ts';
import { wrongArgument } from './wrong-argument.ts';

/** Everything that can end an attempt before its first step; one file each. */
export const launchFailures: readonly LaunchFailure[] = [
  taskLaunch,
  withoutRuntime,
  withoutMount,
  lockedMemory,
  sharedMemory,
  bootstrapFailure,
  rendezvousFailure,
  moduleMissing,
  wrongArgument,
  worldSizeWrong,
  twoRanksOneGpu,
  ncclMixed,
  checkpointDamaged,
];

/** The first death of a rank while its attempt is launched, by the causes that hold from `fromMs` on. */
export function launchDeath(world: World, settings: Settings, attempt: Attempt, fromMs: number): RankDeath | null {
  const question: StopQuestion = {
    world,
    settings,
    attempt,
    fromMs,
    fact: (asked) => factAt(settings, asked, fromMs),
    facts: (fact) => factsOf(settings, fact, fromMs),
    checkpointsMs: () => [],
    stepsDone: attempt.stepBase,
    stepEndMs: () => Infinity,
  };
  const deaths = launchFailures.map((failure) => failure(question)).filter((death) => death !== null);
  const first = deaths.toSorted((a, b) => a.atMs - b.atMs)[0];
  return first === undefined || first.atMs >= attempt.runMs ? null : { ...first, atMs: Math.max(first.atMs, fromMs) };
}
