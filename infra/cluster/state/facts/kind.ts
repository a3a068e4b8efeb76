import type { FactEvent } from './events.ts';

export type FactValue = number | string | boolean;

/** What a fact is about; `state/place.ts` says how its place is written. */
export type PlaceKind = 'cluster' | 'rack' | 'power-unit' | 'switch' | 'node' | 'gpu' | 'hca' | 'job' | 'rank';

/** One cause that the physics, the logs and the tools may look at. What nobody set has its healthy value. */
export interface FactKind {
  /** `area.thing`, stored in action logs: never renamed, never reused. */
  readonly name: string;
  readonly place: PlaceKind;
  readonly healthy: FactValue;
  /** Of a number; `share`, `ms`, `C`, `factor` … */
  readonly unit?: string;
  /** What a key names, for facts of which a place has several (a service, a module, a mount). */
  readonly key?: string;
  readonly summary: string;
  /**
   * The weakest events after which it is healthy again; stronger ones are covered (`events.ts`): what a driver reload
   * clears, a reboot clears too. Empty for what only a person mends (`fact-clear`).
   */
  readonly clearedBy: readonly FactEvent[];
  /** Values that stand in a file and outlast these events. */
  readonly lasting?: readonly FactValue[];
  /** The cause that says what a file holds: read at every boot, whatever ran before. */
  readonly readAtBoot?: string;
}
