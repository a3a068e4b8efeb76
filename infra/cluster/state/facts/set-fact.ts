import type { Change } from '../actions.ts';
import type { FactName, FactValueOf } from './index.ts';
import type { Onset } from './onset.ts';

type FactChange = Extract<Change, { readonly kind: 'fact' }>;
type ClearChange = Extract<Change, { readonly kind: 'fact-clear' }>;

/** The change that sets a cause; without an onset of its own it takes that of the fault that it belongs to. */
export function setFact<Name extends FactName>(
  fact: Name,
  place: string,
  value: FactValueOf<Name>,
  more: { readonly key?: string; readonly onset?: Onset } = {},
): FactChange {
  return { kind: 'fact', fact, place, value, ...more };
}

export function clearFact(fact: FactName, place: string, key?: string): ClearChange {
  return { kind: 'fact-clear', fact, place, ...(key !== undefined && { key }) };
}
