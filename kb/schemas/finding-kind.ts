import type { Category } from '../../workflows/domain/categories.ts';
import type { FindingRole } from '../../workflows/domain/finding.ts';

/**
 * A kind of finding and what it weighs. Weights are natural-log likelihood ratios
 * ln P(seen | cause) / P(seen | not cause): +0.7 doubles the odds, +2.3 makes them ten times as large,
 * -2.3 a tenth. Categories that are not listed are untouched. Stay within ±7.
 */
export interface FindingKind {
  /** `area.thing.condition`, lower case; stored in histories, never renamed. */
  readonly id: string;
  readonly summary: string;
  readonly role: FindingRole;
  readonly weighs: Readonly<Partial<Record<Category, number>>>;
  /**
   * Ids of kinds that may be read from the same series: where one of them weighs the same way for a cause, this kind
   * adds nothing, so that one observation weighs once.
   */
  readonly echoes?: readonly string[];
  /** It shows what the program does that all ranks run: where it was seen tells nothing of where the cause is. */
  readonly ofProgram?: true;
  /** It compares the nodes of a job: the one that it stands on is set up otherwise than the others. */
  readonly ofNode?: true;
  /** Several nodes show it because of something that they share: it speaks against a cause in any one of them. */
  readonly ofShared?: true;
  /** Somebody or something has set it so: no broken part, no heat and no lack of power shows itself in this way. */
  readonly ofSetting?: true;
  /** Where the meaning comes from: link, vendor document with section, or thread. */
  readonly source: string;
}
