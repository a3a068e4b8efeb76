import { coversAny, type FactEvent } from './events.ts';
import { factKind, type FactName } from './index.ts';
import type { FactValue } from './kind.ts';
import type { Onset } from './onset.ts';

/** A cause that is not, or not always, as it should be. */
export interface SetFact {
  readonly fact: FactName;
  readonly place: string;
  readonly key?: string;
  readonly value: FactValue;
  readonly onset: Onset;
  readonly sinceMs: number;
}

/** By kind, then by place and key; what is not listed is healthy. */
export type Facts = ReadonlyMap<FactName, ReadonlyMap<string, SetFact>>;

export const noFacts: Facts = new Map();

export function factId(place: string, key?: string): string {
  return key === undefined ? place : `${place} ${key}`;
}

/** A healthy value takes the fact away. */
export function withFact(facts: Facts, set: SetFact): Facts {
  if (set.value === factKind(set.fact).healthy) return withoutFact(facts, set);
  const ofKind = new Map(facts.get(set.fact)).set(factId(set.place, set.key), set);
  return new Map(facts).set(set.fact, ofKind);
}

export function withoutFact(
  facts: Facts,
  { fact, place, key }: { readonly fact: FactName; readonly place: string; readonly key?: string | undefined },
): Facts {
  return keeping(facts, (one) => one.fact !== fact || factId(one.place, one.key) !== factId(place, key));
}

/** What is left after an event at a place: parts of the place are meant too, and with a key only what has that key. */
export function afterEvent(
  facts: Facts,
  event: FactEvent,
  isHit: (place: string) => boolean,
  key: string | undefined,
): Facts {
  return keeping(
    facts,
    (one) =>
      !isHit(one.place) ||
      !coversAny(event, factKind(one.fact).clearedBy) ||
      factKind(one.fact).lasting?.includes(one.value) === true ||
      (key !== undefined && one.key !== undefined && one.key !== key),
  );
}

function keeping(facts: Facts, isKept: (set: SetFact) => boolean): Facts {
  const kept = new Map<FactName, ReadonlyMap<string, SetFact>>();
  for (const [fact, ofKind] of facts) {
    const left = [...ofKind].filter(([, set]) => isKept(set));
    if (left.length > 0) kept.set(fact, new Map(left));
  }
  return kept;
}
