import { factKind, type FactName, type FactValueOf } from './index.ts';
import type { FactValue } from './kind.ts';
import { resolve, type Resolved } from './onset.ts';
import { factId, type Facts, type SetFact } from './store.ts';

/** Settings as far as facts are concerned. */
export interface FactSettings {
  readonly seed: number;
  readonly facts: Facts;
}

/** Anything that knows the settings of every moment: a timeline. */
export interface FactHistory {
  segmentAt(ms: number): { readonly settings: FactSettings };
}

export interface FactQuestion<Name extends FactName> {
  readonly fact: Name;
  readonly place: string;
  readonly key?: string;
}

/**
 * The value of a cause at a moment; its healthy one where nothing was set. Settings say what holds after their action,
 * a timeline knows every moment.
 *
 *     factAt(timeline, { fact: 'gpu.fan-airflow', place: gpuPlace(node, 3) }, nowMs) // number
 */
export function factAt<Name extends FactName>(
  from: FactSettings | FactHistory,
  question: FactQuestion<Name>,
  ms: number,
): FactValueOf<Name> {
  const settings = 'segmentAt' in from ? from.segmentAt(ms).settings : from;
  const set = settings.facts.get(question.fact)?.get(factId(question.place, question.key));
  // Changes are checked against their kind before they are recorded (`state/check.ts`).
  return (
    set === undefined ? factKind(question.fact).healthy : resolveSet(settings, set, ms).value
  ) as FactValueOf<Name>;
}

/** Since when a cause has the value that it has at a moment; null where it is healthy and nothing was set. */
export function factSince<Name extends FactName>(
  from: FactSettings | FactHistory,
  question: FactQuestion<Name>,
  ms: number,
): number | null {
  const settings = 'segmentAt' in from ? from.segmentAt(ms).settings : from;
  const set = settings.facts.get(question.fact)?.get(factId(question.place, question.key));
  return set === undefined ? null : resolveSet(settings, set, ms).sinceMs;
}

export interface FactNow<Name extends FactName> {
  readonly place: string;
  readonly key: string | undefined;
  readonly value: FactValueOf<Name>;
  readonly sinceMs: number;
}

export interface Stretch<Name extends FactName> {
  readonly value: FactValueOf<Name>;
  readonly fromMs: number;
  readonly toMs: number;
}

/** More than an intermittent cause has in a week. */
const stretchesMax = 20_000;

/** The stretches between two moments in which a cause has one value each, by what settings foresee; none before it was set. */
export function factStretches<Name extends FactName>(
  settings: FactSettings,
  { fact, place, key }: FactQuestion<Name>,
  fromMs: number,
  toMs: number,
): readonly Stretch<Name>[] {
  const set = settings.facts.get(fact)?.get(factId(place, key));
  if (set === undefined) return [];
  const stretches: Stretch<Name>[] = [];
  for (let ms = Math.max(fromMs, set.sinceMs); ms < toMs && stretches.length < stretchesMax;) {
    const { value, untilMs } = resolveSet(settings, set, ms);
    const endMs = Math.min(untilMs, toMs);
    // The type holds for the same reason as above.
    stretches.push({ value: value as FactValueOf<Name>, fromMs: ms, toMs: endMs });
    ms = endMs;
  }
  return stretches;
}

/** All places where a kind of cause is not healthy at a moment. */
export function factsOf<Name extends FactName>(
  from: FactSettings | FactHistory,
  fact: Name,
  ms: number,
): readonly FactNow<Name>[] {
  const settings = 'segmentAt' in from ? from.segmentAt(ms).settings : from;
  const ofKind = settings.facts.get(fact);
  if (ofKind === undefined) return [];
  const { healthy } = factKind(fact);
  return [...ofKind.values()].flatMap((set) => {
    const { value, sinceMs } = resolveSet(settings, set, ms);
    // The type holds for the same reason as above.
    return value === healthy ? [] : [{ place: set.place, key: set.key, value: value as FactValueOf<Name>, sinceMs }];
  });
}

/** The next moment after this one at which some cause changes by itself; Infinity when none does. */
export function nextFactChangeMs(settings: FactSettings, ms: number): number {
  let next = Infinity;
  for (const ofKind of settings.facts.values())
    for (const set of ofKind.values())
      if (set.onset.shape !== 'sudden') next = Math.min(next, resolveSet(settings, set, ms).untilMs);
  return next;
}

function resolveSet(settings: FactSettings, set: SetFact, ms: number): Resolved {
  const { fact, place, key, value, onset, sinceMs } = set;
  const healthy: FactValue = factKind(fact).healthy;
  return resolve({ value, healthy, onset, sinceMs, seed: settings.seed, name: `${fact} ${factId(place, key)}` }, ms);
}
