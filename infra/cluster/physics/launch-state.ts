import { factAt, factsOf, type FactNow, type FactQuestion, type FactSettings } from '../state/facts/fact-at.ts';
import type { FactName, FactValueOf } from '../state/facts/index.ts';
import type { World } from '../world.ts';
import type { Attempt } from './job.ts';

/** The causes that the processes of an attempt read once, when it was launched. */
function launched(world: World, attempt: Attempt): FactSettings {
  return { seed: world.seed, facts: attempt.launchFacts };
}

/** The value of a cause when an attempt was launched; what was changed since then holds for the next one. */
export function atLaunch<Name extends FactName>(
  world: World,
  attempt: Attempt,
  question: FactQuestion<Name>,
): FactValueOf<Name> {
  return factAt(launched(world, attempt), question, attempt.launchMs);
}

/** All places where a cause was not healthy when an attempt was launched. */
export function allAtLaunch<Name extends FactName>(
  world: World,
  attempt: Attempt,
  fact: Name,
): readonly FactNow<Name>[] {
  return factsOf(launched(world, attempt), fact, attempt.launchMs);
}
