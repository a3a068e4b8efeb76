import type { ResolvedRun } from '../run/resolved-run.ts';

/** A run and what its optimiser step took, seconds. */
export interface MeasuredRun {
  readonly run: ResolvedRun;
  readonly seconds: number;
  /** The site or table it comes from; rows of one set share a site scale. */
  readonly set: string;
  readonly id: string;
}
