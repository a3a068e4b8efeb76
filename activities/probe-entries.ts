import { z } from 'zod';
import type { EvidenceRef } from '../workflows/domain/evidence.ts';
import type { VerifyProbe } from '../workflows/domain/proposal.ts';
import { notJudged } from '../kb/probes/gpu-clocks.ts';
import type { Attempt, AttemptOutcome } from '../kb/reasoning/unread.ts';
import { getJson } from './json-evidence.ts';
import type { EvidenceStore } from './ports.ts';

/** As much of a probe batch's result document as a verification needs. */
const entriesSchema = z.array(
  z.looseObject({
    probeId: z.string(),
    node: z.string(),
    read: z.boolean(),
    findings: z.array(z.looseObject({ kind: z.string(), role: z.string() })).default([]),
  }),
);
export type ProbeEntryRead = z.infer<typeof entriesSchema>[number];

export function readProbeEntries(
  store: EvidenceStore,
  results: EvidenceRef,
  signal: AbortSignal,
): Promise<readonly ProbeEntryRead[]> {
  return getJson(store, results, entriesSchema, signal);
}

/** As much of it as the next round has to know. */
const attemptsSchema = z.array(
  z.object({
    probeId: z.string(),
    node: z.string(),
    read: z.boolean(),
    raw: z.unknown().optional(),
    cut: z.string().optional(),
    unreachable: z.unknown().optional(),
    overdue: z.boolean().optional(),
  }),
);

/** What came of each reading of a batch. */
export async function readAttempts(
  store: EvidenceStore,
  results: EvidenceRef,
  signal: AbortSignal,
): Promise<readonly Attempt[]> {
  return attemptsOf(await getJson(store, results, attemptsSchema, signal));
}

export function attemptsOf(entries: z.infer<typeof attemptsSchema>): readonly Attempt[] {
  return entries.map((entry) => ({ probeId: entry.probeId, node: entry.node, outcome: outcomeOf(entry) }));
}

function outcomeOf(entry: z.infer<typeof attemptsSchema>[number]): AttemptOutcome {
  if (entry.read) return 'read';
  if (entry.overdue === true) return 'left-out';
  if (entry.unreachable !== undefined) return 'unreachable';
  if (entry.cut === 'deadline' || entry.cut === 'lost') return 'missed';
  // Output that is there and is not the tool's: its tool is missing, or another version's.
  return entry.raw === undefined || entry.raw === null ? 'missed' : 'unreadable';
}

/** Is this the answer that confirms? One of the expected kinds, or where none is named a clean reading. */
export function isWanted({ probeId, node, findings }: ProbeEntryRead, wanted: readonly VerifyProbe[]): boolean {
  const expects = expectedOf(wanted, probeId, node);
  if (expects !== undefined) return findings.some(({ kind }) => expects.includes(kind));
  return isClean(findings);
}

/** Its reading says of itself that it decides nothing; one that is only not clean may be the fault itself: a port that is off. */
export function isUndecided({ probeId, node, findings }: ProbeEntryRead, wanted: readonly VerifyProbe[]): boolean {
  if (expectedOf(wanted, probeId, node) !== undefined || findings.some(({ role }) => telling.has(role))) return false;
  return findings.some(({ kind }) => kind === notJudged.id);
}

const telling: ReadonlySet<string> = new Set(['clean', 'cause', 'symptom']);

function expectedOf(wanted: readonly VerifyProbe[], probeId: string, node: string): VerifyProbe['expects'] {
  return wanted.find((probe) => probe.probeId === probeId && probe.nodes.includes(node))?.expects;
}

/** Clean is what says so: a reading that decides nothing confirms nothing. */
export function isClean(findings: readonly { readonly role: string }[]): boolean {
  const roles = new Set(findings.map(({ role }) => role));
  return roles.has('clean') && !roles.has('cause') && !roles.has('symptom');
}
