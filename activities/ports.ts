import type { EvidenceKind, EvidenceRef } from '../workflows/domain/evidence.ts';
import type { RecallFilter } from '../kb/retrieval/filter.ts';
import type { DenseHit } from '../kb/retrieval/rank.ts';
import type { Recallable } from '../kb/retrieval/recallable.ts';
import type { GateReply } from '../kb/schemas/gate.ts';
import type { EventProblem, NewSiteEvent, SiteEvent } from '../kb/knowledge/site-events.ts';
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

/** What an index holds, beside what it should hold. */
export interface IndexState {
  readonly collection: string;
  readonly modelId: string;
  readonly dimensions: number;
  readonly indexed: number;
  readonly wanted: number;
}

/** The vector index. Derived: it can be built again from the records at any time; ids are content hashes. */
export interface RecallIndex {
  /** How many of the entries are there; reads, never writes. */
  state(entries: readonly Recallable[], signal?: AbortSignal): Promise<IndexState>;
  /** Adds what is missing and removes what is no entry any more. Cut short at any moment, a second call goes on. */
  sync(
    entries: readonly Recallable[],
    options?: { readonly signal?: AbortSignal; readonly progress?: (done: number, of: number) => void },
  ): Promise<{ readonly added: number; readonly removed: number; readonly kept: number }>;
  /** Deletes the collection, whoever made it. */
  drop(signal?: AbortSignal): Promise<void>;
  nearest(
    embedding: readonly number[],
    options: { readonly count: number; readonly filter: RecallFilter; readonly signal?: AbortSignal },
  ): Promise<readonly DenseHit[]>;
}

/** What a site has learned and was told: events that are added and never changed. Calls throw `PortError`. */
export interface SiteKnowledge {
  /** Stores it under an id that follows from what it says; to say the same again changes nothing. */
  append(event: NewSiteEvent, signal?: AbortSignal): Promise<SiteEvent>;
  /** All of them as they are now, in no order. */
  events(signal?: AbortSignal): Promise<SiteEventsRead>;
}

export interface SiteEventsRead {
  readonly events: readonly SiteEvent[];
  /** Objects that are no event of this build: damaged, foreign, or of a newer version. */
  readonly problems: readonly EventProblem[];
  /** What made reading slower and lost nothing. */
  readonly notices: readonly string[];
  /** Hex SHA-256 over the sorted ids: the state of the site's knowledge. */
  readonly digest: string;
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
