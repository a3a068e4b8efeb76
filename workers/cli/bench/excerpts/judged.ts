import type { Verdict } from '../../../../workflows/domain/finding.ts';

/** What is known of a recorded case, and what was said of it. */
export interface Judged {
  readonly name: string;
  /** The confirmed cause; `null` where the log cannot tell one, or nothing is wrong. */
  readonly expected: string | null;
  /** Where the case leaves only one right verdict. */
  readonly expectedVerdict: Verdict['kind'] | null;
  readonly verdict: Verdict['kind'];
  /** Categories, best first; none where it said that nothing is wrong. */
  readonly ranked: readonly string[];
  /** Probability that was stated for the first of them; `null` where none was. */
  readonly stated: number | null;
  /** Probability of each category, `unlisted` among them; together 1. */
  readonly shares: ReadonlyMap<string, number>;
  readonly firstFaultRight: boolean;
  /** Reading, recall and reasoning. */
  readonly ms: number;
}

export function isRight({ expected, ranked }: Judged): boolean {
  return expected !== null && ranked[0] === expected;
}
