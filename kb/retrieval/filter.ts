import type { Component } from '../schemas/record.ts';
import type { Recallable } from './recallable.ts';

/** What the caller knows already, so that entries which cannot fit are left out. */
export interface RecallFilter {
  readonly categories?: readonly string[];
  /** GPU generation of the nodes. */
  readonly generation?: string;
  readonly components?: readonly Component[];
  readonly kinds?: readonly Recallable['kind'][];
}

// A cause in one of these parts goes with the GPU's generation; a firewall does not.
const boundComponents: readonly Component[] = [
  'gpu',
  'gpu-memory',
  'nvlink',
  'nvswitch',
  'gpu-driver',
  'fabric-manager',
];

/** Generations on which the cause can occur; empty: on all. */
export function boundGenerations({ components, generations }: Recallable): readonly string[] {
  return components.some((component) => boundComponents.includes(component)) ? generations : [];
}

export function passes(entry: Recallable, filter: RecallFilter): boolean {
  const { categories, generation, components, kinds } = filter;
  if (kinds !== undefined && !kinds.includes(entry.kind)) return false;
  if (categories !== undefined && (entry.category === null || !categories.includes(entry.category))) return false;
  if (components !== undefined && !entry.components.some((component) => components.includes(component))) return false;
  if (generation === undefined) return true;
  const bound = boundGenerations(entry);
  return bound.length === 0 || bound.includes(generation);
}
