import type { EvidenceKind, EvidenceRef } from '../workflows/domain/evidence.ts';
import type { KnowledgeRecord } from '../kb/schemas/record.ts';
import type { GateReply } from '../kb/schemas/gate.ts';
import type { InventoryNode } from '../kb/schemas/inventory.ts';
import type { MetricSeries } from '../kb/schemas/metric.ts';
import type { ProbeOutput } from '../kb/schemas/probe.ts';

/** Time, so that tests can stop it. */
export interface Clock {
  nowMs(): number;
}

/** An object of the raw log store. */
export interface LogObject {
  readonly bucket: string;
  readonly key: string;
  readonly versionId?: string;
  /** Of its bytes when it was listed, where the store tells one. */
  readonly etag?: string;
  readonly bytes: number;
  readonly lastModifiedMs: number;
}

/** Raw logs: read only. All calls honour the signal and throw `PortError`. */
export interface LogStore {
  list(
    prefix: string,
    options: { readonly objectsMax: number; readonly signal?: AbortSignal },
  ): Promise<{
    readonly objects: readonly LogObject[];
    readonly truncated: boolean;
  }>;
  read(object: LogObject, options: { readonly bytesMax: number; readonly signal?: AbortSignal }): Promise<Uint8Array>;
}

/** Raw logs of any size, and ones that still grow, piece by piece. */
export interface LogRanges extends Pick<LogStore, 'list'> {
  /** At most `bytes` from offset `from`; fewer, or none, where the object ends. */
  readRange(
    object: LogObject,
    range: { readonly from: number; readonly bytes: number; readonly signal?: AbortSignal },
  ): Promise<Uint8Array>;
}

/** Evidence: written once under its content hash; a second put of the same bytes succeeds and changes nothing. */
export interface EvidenceStore {
  put(
    kind: EvidenceKind,
    cluster: string,
    bytes: Uint8Array,
    options?: { readonly mediaType?: string; readonly signal?: AbortSignal },
  ): Promise<EvidenceRef>;
  /** Reads and checks the hash; a mismatch is a non-retryable `PortError` of kind `tampered`. */
  get(ref: EvidenceRef, options?: { readonly signal?: AbortSignal }): Promise<Uint8Array>;
}

export interface MetricsSource {
  /** Plain selectors of the Prometheus query API; times are cluster milliseconds. */
  range(query: {
    readonly selector: string;
    readonly fromMs: number;
    readonly toMs: number;
    readonly stepMs: number;
    readonly signal?: AbortSignal;
  }): Promise<readonly MetricSeries[]>;
}

export interface Embedder {
  /** Recorded with every result; part of the collection's name. */
  readonly modelId: string;
  readonly dimensions: number;
  embed(texts: readonly string[], signal?: AbortSignal): Promise<readonly (readonly number[])[]>;
}

export interface Neighbour {
  readonly problemkey: string;
  /** Cosine distance, 0 is identical. */
  readonly distance: number;
}

/** The vector index. Rebuildable from `kb/records`; ids are content hashes. */
export interface RecordIndex {
  ensure(records: readonly KnowledgeRecord[], signal?: AbortSignal): Promise<{ readonly indexed: number }>;
  nearest(embedding: readonly number[], count: number, signal?: AbortSignal): Promise<readonly Neighbour[]>;
}

/** Runs one declared probe command. The host key is always verified. */
export interface ProbeRunner {
  run(
    node: InventoryNode,
    argv: readonly string[],
    limits: { readonly timeoutMs: number; readonly outputBytesMax: number; readonly signal?: AbortSignal },
  ): Promise<ProbeOutput>;
}

/** Talks to the node-side gate with the remediation key. */
export interface GateClient {
  apply(
    node: InventoryNode,
    request: {
      readonly token: string;
      readonly fence: string;
      readonly stepId: string;
      readonly args: readonly string[];
    },
    signal?: AbortSignal,
  ): Promise<GateReply>;
  look(node: InventoryNode, token: string, signal?: AbortSignal): Promise<GateReply>;
}

/** Shuts out on a node whoever holds a lower fence, before anything is decided from its journal. */
export interface FenceRaiser {
  raiseFence(node: InventoryNode, fence: string, signal?: AbortSignal): Promise<GateReply>;
}

/**
 * Expected trouble at a port. `kind` decides whether a retry can help; the message names the thing, the place
 * and what to do.
 */
export class PortError extends Error {
  override readonly name = 'PortError';
  readonly kind: PortErrorKind;
  constructor(kind: PortErrorKind, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.kind = kind;
  }
}

export type PortErrorKind =
  | 'unreachable' // connection refused, reset, timed out: retry
  | 'denied' // credentials or rights: no retry
  | 'not-found'
  | 'too-large'
  | 'tampered' // content hash or host key differ: no retry
  | 'malformed' // the other side answered nonsense
  | 'refused'; // the other side said no
