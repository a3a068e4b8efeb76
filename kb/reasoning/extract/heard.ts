import type { Act } from './acts.ts';

/** A clause of the operator, as the decision whether to go on reads it. */
export interface HeardClause {
  readonly message: number;
  /** With tokens for the nodes. */
  readonly text: string;
  /** Null where it speaks of no node. */
  readonly act: Act | null;
  /** It would have left nobody to look at. */
  readonly isOfAll: boolean;
  /** It speaks of some of the nodes, or of other things. */
  readonly isOfSome: boolean;
}
