import type { FlightEntry } from './dump.ts';
import type { GroupView, RankDump } from './group-views.ts';

export type DivergenceKind =
  | 'collective-differs'
  | 'sizes-differ'
  | 'dtypes-differ'
  | 'rank-not-entered'
  | 'minority-entered'
  | 'rank-not-started'
  | 'rank-not-completed'
  | 'collective-stuck'
  | 'p2p-unmatched'
  | 'p2p-sizes-differ';

/**
 * How far the dumps prove it. `sure`: they say so themselves, a time-out included. `likely`: the dumps show it, but not
 * that it lasted. `possible`: something that would decide is missing.
 */
export type Sureness = 'sure' | 'likely' | 'possible';

/** Times of several hosts, made comparable. */
export interface Moments {
  /** The latest that any dump knows of. */
  readonly latestMs: number | null;
  /** By rank: how far the clock of its host is ahead; missing for those that go right. */
  readonly aheadMs: ReadonlyMap<number, number>;
}

/** The first place at which the ranks of a group no longer agree, or wait. */
export interface Divergence {
  readonly kind: DivergenceKind;
  readonly group: Pick<GroupView, 'key' | 'name' | 'desc'>;
  readonly seq: number;
  /** What the ranks were about to do, such as `all_reduce`. */
  readonly op: string;
  /** Whom it is about: who is missing, differs, or lags; in the order of their numbers. */
  readonly ranks: readonly number[];
  /** Who is there and waits. */
  readonly waiting: readonly number[];
  /** Members of whom nothing is known. */
  readonly unknown: readonly number[];
  readonly sure: Sureness;
  /** A sentence for people. */
  readonly reason: string;
  /** When the first of those who wait came, milliseconds since 1970, clocks set right; `null` where nobody wrote it. */
  readonly sinceMs: number | null;
  readonly sizes: string;
  /** Where the program stood. */
  readonly frame: string | null;
  /** The entry that shows it. */
  readonly cites: { readonly dump: RankDump; readonly entry: FlightEntry };
}
