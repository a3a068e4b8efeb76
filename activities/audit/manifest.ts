import { z } from 'zod';
import type { EvidenceKind, EvidenceRef } from '../../workflows/domain/evidence.ts';
import { canonicalJson } from '../json-evidence.ts';
import { PortError } from '../ports.ts';
import { chainOver } from './chain.ts';
import { sha256Of } from './sha256.ts';
import type { RecordedHistory } from './history.ts';

/** What belongs to one archived execution, with the hash of each part. Signed as the bytes of its canonical JSON. */
export type Manifest = z.infer<typeof manifestSchema>;
export type HistoryEntry = Manifest['histories'][number];
export type EvidenceEntry = Manifest['evidence'][number];
export type CodeIdentity = Manifest['code'];

const hex64 = z.string().regex(/^[0-9a-f]{64}$/);
const knownKinds = {
  'log-window': true,
  'log-manifest': true,
  'scan-part': true,
  'metric-range': true,
  findings: true,
  recall: true,
  embedding: true,
  prediction: true,
  performance: true,
  'probe-output': true,
  'probe-results': true,
  'step-output': true,
  graph: true,
  'model-exchange': true,
  severity: true,
  'undo-record': true,
  chart: true,
  history: true,
  manifest: true,
  'record-candidate': true,
  analysis: true,
} satisfies Record<EvidenceKind, true>;
// The compiler holds the keys above against the kinds.
const evidenceKinds = Object.keys(knownKinds) as EvidenceKind[];

export const evidenceRefSchema = z.strictObject({
  id: z.string().regex(/^ev_[0-9a-f]{24}$/),
  kind: z.enum(evidenceKinds),
  bucket: z.string().min(1).max(255),
  key: z.string().min(1).max(1024),
  versionId: z.string().max(1024).exactOptional(),
  sha256: hex64,
  bytes: z.int().min(0),
});

// A day of windows of 10 nodes is 5,000 objects (gather-logs.ts); probes of 1,000 nodes are 2,000 a batch.
export const evidenceMax = 20_000;
// An incident has one repair a proposal, and one recovery for each.
export const historiesMax = 50;
const chain = { head: hex64, links: z.array(z.string().regex(/^[0-9a-f]{16}$/)) };

export const manifestSchema = z.strictObject({
  version: z.literal(1),
  incident: z.strictObject({
    cluster: z.string(),
    workflowId: z.string(),
    runId: z.string(),
    /** How the run ended; `null` while it is open. */
    end: z.string().nullable(),
  }),
  code: z.strictObject({
    package: z.string(),
    /** SHA-256 over the sources that decide results. */
    sources: hex64,
    /** SHA-256 of the workflow code that the worker ran; `null` when it made its own at the start. */
    workflowBundle: hex64.nullable(),
    /** SHA-256 of the knowledge that the archiving process had. */
    knowledge: hex64,
  }),
  histories: z
    .array(
      z.strictObject({
        workflowType: z.string(),
        workflowId: z.string(),
        runId: z.string(),
        sha256: hex64,
        bytes: z.int().min(0),
        chain: z.strictObject(chain),
      }),
    )
    .min(1)
    .max(historiesMax),
  evidence: z.array(evidenceRefSchema).max(evidenceMax),
  evidenceChain: z.strictObject(chain),
  /** Named by a history and not to be had when this was made. */
  unreadable: z.array(z.strictObject({ id: z.string(), key: z.string(), reason: z.string() })).max(evidenceMax),
  /** What goes along for people and for deriving results again. */
  documents: z
    .array(z.strictObject({ name: z.string().regex(/^[A-Za-z]+\.(txt|md|html|json)$/), sha256: hex64, bytes: z.int() }))
    .max(10),
  /** Id of the key that signed; `null` where nobody did. */
  signer: hex64.nullable(),
});

export function manifestBytes(manifest: Manifest): Uint8Array {
  return new TextEncoder().encode(canonicalJson(manifest));
}

/** Throws a `PortError` of kind `malformed`; bytes that are not the canonical form are refused as well. */
export function readManifest(bytes: Uint8Array): Manifest {
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new PortError('malformed', 'manifest.json is not JSON', { cause });
  }
  const read = manifestSchema.safeParse(parsed);
  if (!read.success) {
    const issue = read.error.issues[0];
    throw new PortError(
      'malformed',
      `manifest.json: ${issue?.path.map(String).join('.') ?? ''} ${issue?.message ?? ''}`,
    );
  }
  if (!Buffer.from(manifestBytes(read.data)).equals(bytes))
    throw new PortError('malformed', 'manifest.json is not in canonical form');
  return read.data;
}

export function historyEntry(
  execution: { readonly workflowType: string; readonly workflowId: string; readonly runId: string },
  history: RecordedHistory,
  bytes: Uint8Array,
): HistoryEntry {
  const { workflowType, workflowId, runId } = execution;
  return {
    workflowType,
    workflowId,
    runId,
    sha256: sha256Of(bytes),
    bytes: bytes.length,
    chain: historyChain(runId, history),
  };
}

export function historyChain(runId: string, history: RecordedHistory): HistoryEntry['chain'] {
  const { head, links } = chainOver(`history ${runId}`, history.events);
  return { head, links: [...links] };
}

export function evidenceChain(evidence: readonly EvidenceRef[]): Manifest['evidenceChain'] {
  const parts = evidence.map(({ id, sha256, bytes }) => ({ id, sha256, bytes }));
  const { head, links } = chainOver('evidence', parts);
  return { head, links: [...links] };
}

/** One order for the same set: by place. */
export function inOrder<T extends EvidenceRef>(evidence: readonly T[]): readonly T[] {
  return evidence.toSorted((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
}

/** Where evidence lies, version included: one place holds one thing. */
export function placeOf({ bucket, key, versionId }: Pick<EvidenceRef, 'bucket' | 'key' | 'versionId'>): string {
  return `${bucket}/${key}?${versionId ?? ''}`;
}
