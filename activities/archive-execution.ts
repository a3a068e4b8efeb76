import { setTimeout as pause } from 'node:timers/promises';
import type { Knowledge } from '../kb/reasoning/knowledge.ts';
import type { ArchiveInput, ArchiveResult } from '../workflows/domain/closing-data.ts';
import { documentKey, manifestKey, signatureKey, type ArchiveStore } from './audit/archive-store.ts';
import { assemble, type Assembled } from './audit/assemble.ts';
import { readExecutions, type Execution, type ExecutionReader } from './audit/executions.ts';
import type { CodeIdentity } from './audit/manifest.ts';
import type { Signer } from './audit/seal.ts';
import { sha256Of } from './audit/sha256.ts';
import { withHeartbeats } from './heartbeats.ts';
import type { Inventories } from './inventory-of.ts';
import { canonicalJson } from './json-evidence.ts';
import { rethrow } from './port-failure.ts';
import { PortError, type EvidenceStore } from './ports.ts';

export interface ArchiveExecutionPorts {
  readonly executions: ExecutionReader;
  readonly evidence: EvidenceStore;
  readonly evidenceBucket: string;
  readonly archive: ArchiveStore;
  readonly inventories: Inventories;
  readonly knowledge: Knowledge;
  readonly code: CodeIdentity;
  /** `null`: no key is configured; histories and manifest are kept all the same, unsigned. */
  readonly signer: Signer | null;
}

/** What stands in the result where nobody signed. */
export const unsigned = 'unsigned';

export interface Archived extends ArchiveResult {
  /** Whether the store locked the manifest against deletion. */
  readonly locked: boolean;
  readonly unreadable: number;
}

/**
 * Waits for the end of an execution and of its repairs, and seals their histories and evidence. The manifest comes
 * last: where there is one, all that it names is there. The same executions give the same objects under the same keys.
 */
export function createArchiveExecution(ports: ArchiveExecutionPorts): (input: ArchiveInput) => Promise<Archived> {
  return async (input) => {
    let doing = 'waiting for the end';
    return withHeartbeats(
      () => ({ doing }),
      async (signal) => {
        const executions = await readExecutions(ports.executions, input, (one) => ended(ports, one, signal), signal);
        doing = 'collecting evidence';
        const inventory = ports.inventories.get(input.cluster) ?? null;
        const { cluster, workflowId, runId } = input;
        const assembled = await assemble(
          { ...ports, inventory },
          executions,
          { cluster, workflowId, runId },
          {
            signer: ports.signer?.keyId ?? null,
            signal,
          },
        );
        doing = 'writing the archive';
        return store(ports, assembled, lockUntil(executions[0]?.history.events.at(-1)?.eventTime), signal);
      },
    ).catch(rethrow);
  };
}

// Incidents are asked about within the year; an operator's own default retention of the bucket may be longer.
const lockDays = 365;
const dayMs = 24 * 60 * 60_000;
const lookEveryMs = 1_000;
// An hour less than the time that one attempt has (class `adopt`); a repair is over by then, or the next attempt waits on.
const waitMsMax = 3 * 60 * 60_000;

async function ended(ports: ArchiveExecutionPorts, execution: Execution, signal: AbortSignal): Promise<Execution> {
  const { workflowId, runId } = execution;
  const untilMs = performance.now() + waitMsMax;
  let seen: Execution | null = execution;
  while (seen !== null && !seen.closed) {
    if (performance.now() > untilMs)
      throw new PortError('unreachable', `${workflowId} has not ended within ${waitMsMax / 60_000} min`);
    await pause(lookEveryMs, undefined, { signal });
    seen = await ports.executions.describe(workflowId, runId, signal);
  }
  if (seen === null) throw new PortError('not-found', `run ${runId} of ${workflowId} is gone from the server`);
  return seen;
}

/** From the end of the execution, so that a repeat asks for the same. */
function lockUntil(endTime: string | null | undefined): number {
  return Date.parse(endTime ?? '') + lockDays * dayMs;
}

async function store(
  ports: ArchiveExecutionPorts,
  { manifest, manifestBytes, histories, documents }: Assembled,
  lockUntilMs: number,
  signal: AbortSignal,
): Promise<Archived> {
  const { cluster, workflowId, runId } = manifest.incident;
  const json = { mediaType: 'application/json', signal };
  for (const bytes of histories) await ports.evidence.put('history', cluster, bytes, json);
  for (const bytes of documents.values())
    await ports.archive.put(documentKey(cluster, sha256Of(bytes)), bytes, { signal });
  const sha256 = sha256Of(manifestBytes);
  const { signer } = ports;
  if (signer !== null) {
    const signature = Buffer.from(signer.sign(manifestBytes)).toString('base64');
    const seal = { version: 1, keyId: signer.keyId, publicKey: signer.publicKey, signature };
    const key = signatureKey(workflowId, runId, sha256, signer.keyId);
    await ports.archive.put(key, new TextEncoder().encode(canonicalJson(seal)), { ...json, lockUntilMs });
  }
  const key = manifestKey(workflowId, runId, sha256);
  const { locked } = await ports.archive.put(key, manifestBytes, { ...json, lockUntilMs });
  return {
    manifest: {
      id: `ev_${sha256.slice(0, 24)}`,
      kind: 'manifest',
      bucket: ports.evidenceBucket,
      key,
      sha256,
      bytes: manifestBytes.length,
    },
    histories: histories.length,
    evidence: manifest.evidence.length,
    keyId: signer?.keyId ?? unsigned,
    locked,
    unreadable: manifest.unreadable.length,
  };
}
