import type { EvidenceKind, EvidenceRef } from '../workflows/domain/evidence.ts';
import type { RecallFilter } from '../kb/retrieval/filter.ts';
import type { DenseHit } from '../kb/retrieval/rank.ts';
import type { Recallable } from '../kb/retrieval/recallable.ts';
import type { GateReply } from '../kb/schemas/gate.ts';
import type { EventProblem, NewSiteEvent, SiteEvent } from '../kb/knowledge/site-events.ts';
import type { CalibrationRecord, NewCalibrationRecord } from '../kb/schemas/calibration.ts';
import type { InventoryNode, SshAddress } from '../kb/schemas/inventory.ts';
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

/** What a site measured of itself (N0, site scale): records that are added and never changed. Calls throw `PortError`. */
export interface CalibrationStore {
  /** Stores it under an id that follows from what it says; to say the same again changes nothing. */
  add(record: NewCalibrationRecord, signal?: AbortSignal): Promise<CalibrationRecord>;
  /** All of a cluster, in no order; `problems` are objects that are no record of this build. */
  records(
    cluster: string,
    signal?: AbortSignal,
  ): Promise<{ readonly records: readonly CalibrationRecord[]; readonly problems: readonly EventProblem[] }>;
}

export interface ModelMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

/** One question to a language model; the same question is the same value, so its hash can name the answer. */
export interface ModelRequest {
  readonly messages: readonly ModelMessage[];
  /** Form of the answer; a server that knows no such thing is asked again without it. */
  readonly form: { readonly name: string; readonly schema: Readonly<Record<string, unknown>> } | null;
  readonly seed: number;
  readonly temperature: number;
  readonly answerTokensMax: number;
}

export interface ModelReply {
  /** Empty where the model refused or said nothing. */
  readonly text: string;
  readonly finish: ModelFinish;
  /** Null where the server does not count. */
  readonly usage: { readonly promptTokens: number; readonly answerTokens: number } | null;
  /** Whether the server held the answer to the form. */
  readonly formed: boolean;
  /** As the server names it, which may be another than was asked for. */
  readonly model: string | null;
}

export type ModelFinish =
  | 'stop'
  | 'length' // cut at the bound on tokens
  | 'filtered' // the server's content filter
  | 'refused' // the model said no
  | 'other';

/** A language model. Whatever it says is a proposal. Calls throw `PortError`. */
export interface ModelClient {
  /** Asked for by this name. */
  readonly model: string;
  /** Host and port of the server, for records. */
  readonly host: string;
  ask(
    request: ModelRequest,
    options: { readonly timeoutMs: number; readonly signal?: AbortSignal },
  ): Promise<ModelReply>;
  /** Names of the models that the server has; for a look at whether it answers. */
  models(options: { readonly timeoutMs: number; readonly signal?: AbortSignal }): Promise<readonly string[]>;
}

/** Where answers of models are found again by the hash of what was asked. Calls throw `PortError`. */
export interface ModelAnswers {
  find(cluster: string, requestHash: string, signal?: AbortSignal): Promise<EvidenceRef | null>;
  /** The first one that is remembered stays. */
  remember(cluster: string, requestHash: string, exchange: EvidenceRef, signal?: AbortSignal): Promise<void>;
}

/** An SSH server: a node, or the management host. `jumps` are the hosts on the way to it, the nearest one first. */
export interface SshHost {
  readonly name: string;
  readonly ssh: SshAddress;
  readonly jumps?: readonly SshHost[];
}

/** Why an answer is only the beginning of what the command would have said. */
export type ProbeCut =
  | 'too-large' // it printed more than it may
  | 'deadline' // it was ended at its deadline
  | 'lost'; // the connection was lost

export interface ProbeAnswer extends ProbeOutput {
  readonly cut?: ProbeCut;
  /** Wall time at which the command was sent, milliseconds since 1970. */
  readonly sentAtMs?: number;
}

export interface ProbeRunOptions {
  /** After which the command is ended, on the host too where its list allows that. */
  readonly timeoutMs: number;
  /** Of both streams together, or of each where the end is kept; what comes after it is cut off. */
  readonly outputBytesMax: number;
  /** Of standard output beyond the cap, the end is kept, from the beginning of a line. */
  readonly keeps?: 'head' | 'tail';
  /** Whose budget the command counts against, and for which probe; the host itself when absent. */
  readonly about?: { readonly node: string; readonly probeId: string };
  /** It puts load on its node: one at a time there. */
  readonly load?: boolean;
  /** It waits for another command, which must not have to wait for its end: it has no part in the bound on all hosts. */
  readonly serves?: boolean;
  /**
   * Called when the command's turn has come, with what sends it: may refuse that with a `PortError`, and sees how it ended
   * before anybody else's turn comes.
   */
  readonly inTurn?: (send: () => Promise<ProbeAnswer>) => Promise<ProbeAnswer>;
  readonly signal?: AbortSignal;
}

/** Runs one declared probe command. Host keys are always verified. */
export interface ProbeRunner {
  run(host: SshHost, argv: readonly string[], options: ProbeRunOptions): Promise<ProbeAnswer>;
}

/** Where a gate is, and the node that it is asked about: `about` is given where that is another than the host itself. */
export interface GateHost extends Pick<InventoryNode, 'name' | 'ssh'> {
  readonly about?: string;
}

/** Talks to the gate of a node, or to that of the management host about a node, with the remediation key. */
export interface GateClient {
  apply(
    node: GateHost,
    request: {
      readonly token: string;
      readonly fence: string;
      readonly stepId: string;
      readonly args: readonly string[];
    },
    signal?: AbortSignal,
  ): Promise<GateReply>;
  look(node: GateHost, token: string, signal?: AbortSignal): Promise<GateReply>;
}

/** Shuts out on a node whoever holds a lower fence, before anything is decided from its journal. */
export interface FenceRaiser {
  raiseFence(node: GateHost, fence: string, signal?: AbortSignal): Promise<GateReply>;
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

/** A command that did not end within its deadline. */
export class LateError extends PortError {
  constructor(where: string, timeoutMs: number) {
    super('unreachable', `${where}: the command did not end within ${timeoutMs} ms`);
  }
}

/**
 * A model was given the question, and no answer came that can be read. It may have worked on it all the same, so the question
 * counts as asked.
 */
export class UnansweredError extends PortError {}

/** The server has too much to do now. */
export class BusyError extends PortError {
  /** Milliseconds after which it wants to be asked again; null where it did not say. */
  readonly retryAfterMs: number | null;
  constructor(message: string, retryAfterMs: number | null, options?: { cause?: unknown }) {
    super('unreachable', message, options);
    this.retryAfterMs = retryAfterMs;
  }
}

/** A host could not be talked to at all, so the next command for it would fare no better. */
export class ConnectError extends PortError {
  /** The host was not tried; after so many milliseconds it will be. */
  readonly triedInMs?: number;
  constructor(kind: PortErrorKind, message: string, options?: { cause?: unknown; triedInMs?: number }) {
    super(kind, message, options);
    if (options?.triedInMs !== undefined) this.triedInMs = options.triedInMs;
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
