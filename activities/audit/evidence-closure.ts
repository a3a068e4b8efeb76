import pLimit from 'p-limit';
import type { EvidenceKind, EvidenceRef } from '../../workflows/domain/evidence.ts';
import { PortError, type EvidenceStore } from '../ports.ts';
import { activitiesOf, type RecordedHistory } from './history.ts';
import { evidenceMax, evidenceRefSchema, inOrder, placeOf } from './manifest.ts';

export interface Closure {
  readonly evidence: readonly EvidenceRef[];
  readonly unreadable: readonly { readonly id: string; readonly key: string; readonly reason: string }[];
}

/**
 * All evidence that the activities of the histories name, and what those documents name in turn. Only what our own
 * activities were given or answered counts: a signal may hold anything.
 */
export async function evidenceClosure(
  histories: readonly RecordedHistory[],
  store: EvidenceStore,
  buckets: ReadonlySet<string>,
  signal?: AbortSignal,
): Promise<Closure> {
  const found = new Map<string, EvidenceRef>();
  const unreadable: { id: string; key: string; reason: string }[] = [];
  let fresh = add(found, histories.flatMap(namedByActivities), buckets);
  const limit = pLimit(readsAtOnceMax);
  // Each round reads what the round before it named: a manifest of logs, a batch of probes, its outputs.
  for (let depth = 0; depth < depthMax && fresh.length > 0; depth += 1) {
    const documents = fresh.filter(({ kind }) => !opaqueKinds.has(kind));
    const named = await Promise.all(documents.map((ref) => limit(() => namedBy(store, ref, unreadable, signal))));
    fresh = add(found, named.flat(), buckets);
  }
  return {
    evidence: inOrder([...found.values()]),
    unreadable: unreadable.toSorted((a, b) => (a.key < b.key ? -1 : 1)),
  };
}

const readsAtOnceMax = 8;
// histories -> chart -> severity -> probe results -> outputs; a longer way is not ours.
const depthMax = 6;
const nestingMax = 60;

/** Text of logs, nodes, steps and models names nothing. */
const opaqueKinds: ReadonlySet<EvidenceKind> = new Set(['log-window', 'probe-output', 'step-output', 'model-exchange']);

function namedByActivities(history: RecordedHistory): readonly EvidenceRef[] {
  const refs: EvidenceRef[] = [];
  for (const { input, outcome } of activitiesOf(history)) {
    collect(input, refs);
    if (outcome.kind === 'completed') collect(outcome.result, refs);
  }
  return refs;
}

function add(
  found: Map<string, EvidenceRef>,
  refs: readonly EvidenceRef[],
  buckets: ReadonlySet<string>,
): readonly EvidenceRef[] {
  const fresh: EvidenceRef[] = [];
  for (const ref of refs) {
    const place = placeOf(ref);
    if (found.has(place) || !buckets.has(ref.bucket)) continue;
    if (found.size >= evidenceMax)
      throw new PortError('too-large', `an incident names more than ${evidenceMax} pieces of evidence`);
    found.set(place, ref);
    fresh.push(ref);
  }
  return fresh;
}

async function namedBy(
  store: EvidenceStore,
  ref: EvidenceRef,
  unreadable: { id: string; key: string; reason: string }[],
  signal: AbortSignal | undefined,
): Promise<readonly EvidenceRef[]> {
  try {
    const bytes = await store.get(ref, signal === undefined ? {} : { signal });
    const refs: EvidenceRef[] = [];
    collect(JSON.parse(new TextDecoder().decode(bytes)), refs);
    return refs;
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    if (!(error instanceof PortError) || error.kind === 'unreachable' || error.kind === 'denied') throw error;
    unreadable.push({ id: ref.id, key: ref.key, reason: error.kind });
    return [];
  }
}

function collect(value: unknown, into: EvidenceRef[], depth = 0): void {
  if (typeof value !== 'object' || value === null || depth > nestingMax) return;
  const ref = asEvidenceRef(value);
  if (ref !== null) into.push(ref);
  else for (const part of Object.values(value)) collect(part, into, depth + 1);
}

/** The reference that a value is; `null` for any other. Its id must be of its hash, and its key a plain path. */
export function asEvidenceRef(value: unknown): EvidenceRef | null {
  const read = evidenceRefSchema.safeParse(value);
  return read.success && read.data.id === `ev_${read.data.sha256.slice(0, 24)}` ? read.data : null;
}
