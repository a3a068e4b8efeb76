import type { EvidenceRef } from './evidence.ts';
import type { Verdict } from './finding.ts';
import type { Correction, HumanAction, Note } from './people.ts';
import type { GatherPlan } from './phase-data.ts';

/** What the run before found, and in which answers of probes; absent in older histories. */
export interface Earlier {
  readonly findings: readonly EvidenceRef[];
  readonly results?: readonly EvidenceRef[];
}

/** Another look at the same alert. */
export interface LaterLook extends Earlier {
  /** Wall milliseconds: what was logged until then is looked at. */
  readonly untilMs: number;
  /** In a row, this one included. */
  readonly looks: number;
  /** The run that told people of it. */
  readonly toldAs: string;
  /** What people said: their notes, and what came while the run before was closed. */
  readonly said?: Said;
}

export interface Said {
  readonly notes: readonly Note[];
  readonly corrections: readonly Correction[];
  readonly humanActions: readonly HumanAction[];
}

export function earlierOf({ findings, results }: Earlier): Earlier {
  return { findings, ...(results === undefined ? {} : { results }) };
}

/** Whatever times a handler names, and whatever an alert says of its own start. */
const looksMax = 3;

/** The first of a plan's times that is not over when it is made, wall milliseconds; `null` where none is left. */
export function laterLookAtMs(
  { looksAgainAtMs = [] }: Pick<GatherPlan, 'looksAgainAtMs'>,
  plannedAtMs: number,
  looks = 0,
): number | null {
  return looks >= looksMax ? null : (looksAgainAtMs.find((atMs) => atMs > plannedAtMs) ?? null);
}

/** Whether another look may prove what this verdict does not. */
export function timeMayTell(verdict: Verdict): boolean {
  return verdict.kind === 'not-proven' && verdict.timeMayTell === true;
}

/** For people. */
export function lookText(atMs: number): string {
  return `It is looked at again at ${new Date(atMs).toISOString()}, if the alert still fires: by then those who wait have gone on, or given up and said what for.`;
}
