import type { EvidenceRef } from './evidence.ts';
import type { Verdict } from './finding.ts';
import type { GatherPlan } from './phase-data.ts';

/** Another look at the same alert. */
export interface LaterLook {
  /** Wall milliseconds: what was logged until then is looked at. */
  readonly untilMs: number;
  /** What the run before found. */
  readonly findings: readonly EvidenceRef[];
  /** In a row, this one included. */
  readonly looks: number;
  /** The run that told people of it. */
  readonly toldAs: string;
}

/** Whatever times a handler names, and whatever an alert says of its own start. */
const looksMax = 3;

/** Those of a plan's times that are not over when it is made, wall milliseconds, soonest first. */
export function laterLooksAtMs(
  { looksAgainAtMs = [] }: Pick<GatherPlan, 'looksAgainAtMs'>,
  plannedAtMs: number,
  looks = 0,
): readonly number[] {
  return looks >= looksMax ? [] : looksAgainAtMs.filter((atMs) => atMs > plannedAtMs);
}

/** For people. */
export function lookText(atMs: number): string {
  return `It is looked at again at ${new Date(atMs).toISOString()}, if the alert still fires: by then those who wait have gone on, or given up and said what for.`;
}

/** When another run looks at what was logged until then; `null` where time tells nothing more, or all times are over. */
export function nextLookAtMs(verdict: Verdict, looksAtMs: readonly number[]): number | null {
  return verdict.kind === 'not-proven' && verdict.timeMayTell === true ? (looksAtMs[0] ?? null) : null;
}
