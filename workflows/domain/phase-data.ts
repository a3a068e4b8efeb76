import type { AlertObservation } from './alert.ts';
import type { MendedCause } from './cluster-mended.ts';
import type { EvidenceRef } from './evidence.ts';
import type { Device, ProbeWish, RankedCause, Verdict } from './finding.ts';
import type { FencingToken } from './lease.ts';
import type { ProgramRef } from './model-data.ts';
import type { Narrative } from './narrative.ts';
import type { Proposal, Step, TriedRepair, VerifyProbe } from './proposal.ts';
import type { Severity } from './severity.ts';

/**
 * What goes into activities and comes out of them. All of it ends up in histories: ids, numbers, references,
 * digests and sentences from our own templates, never text of logs, nodes or models.
 */

export interface IncidentKey {
  readonly cluster: string;
  readonly workflowId: string;
  readonly runId: string;
}

/** Result of `planGathering`: which handler, which windows. Cluster milliseconds. */
export interface GatherPlan {
  readonly handlerId: string;
  readonly job: string | null;
  /** Nodes that the alert or the job names; all of them are looked at. */
  readonly nodes: readonly string[];
  readonly alertAtMs: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly logs: readonly ('rank' | 'kernel')[];
  readonly metrics: readonly string[];
  readonly firstProbes: readonly string[];
  /** SHA-256 over detectors, weights, records and handlers that will be used. */
  readonly knowledgeDigest: string;
  /** Wall milliseconds until `toMs` and the shipping lag have passed. */
  readonly readyInMs: number;
  /** What is read on the nodes before round 1; absent in plans that were made before there was such a look. */
  readonly firstLook?: readonly LookGroup[];
  /** For the whole of it, wall milliseconds; absent in plans that were made before it had a bound. */
  readonly firstLookMsMax?: number;
  /** What speaks against the times that the alert's sender gave; for the chart. */
  readonly doubts?: readonly string[];
  /** Wall milliseconds at which time may have decided what stays open now, soonest first; absent where it decides nothing. */
  readonly looksAgainAtMs?: readonly number[];
  /** Cluster milliseconds of the repair after which something remained; absent where this is about no such thing. */
  readonly repairedAtMs?: number;
  /** What repairs of other incidents mended lately, as the cluster entity told at the opening; wall milliseconds. */
  readonly mended?: readonly MendedCause[];
}
/** Probes that are asked of the same nodes. */
export interface LookGroup {
  readonly probes: readonly string[];
  readonly nodes: readonly string[];
}

export interface PlanGatheringInput {
  readonly key: IncidentKey;
  readonly alert: AlertObservation;
  /** Absent where the alert's own time counts. */
  readonly remains?: Remains;
  /** Wall milliseconds until which is looked, where an earlier run looked at the same alert too early. */
  readonly untilMs?: number;
}
/** Trouble that outlasted a repair, wall milliseconds: what was before is of the fault that has been mended. */
export interface Remains {
  readonly sinceMs: number;
  /** When it was still measured. */
  readonly atMs: number;
}

export interface GatherInput {
  readonly key: IncidentKey;
  readonly plan: GatherPlan;
  /** Metrics until this moment, and not only until the plan's end: what is measured again while the rounds go on. */
  readonly untilNow?: true;
}
export interface GatheredLogs {
  /** `log-manifest`: JSON `LogManifest`, every window with its reference. */
  readonly manifest: EvidenceRef;
  readonly objects: number;
  readonly bytes: number;
  /** Sources that should have written and did not, counted only after the shipping lag; names at most 20. */
  readonly silent: readonly string[];
  /** Windows left out because of a bound, or because they could not be read. */
  readonly leftOut: number;
}
export interface GatheredMetrics {
  readonly range: EvidenceRef;
  readonly series: number;
  readonly missing: readonly string[];
}

/** One log window inside a manifest. */
export interface LogWindow {
  readonly ref: EvidenceRef;
  readonly source: string;
  readonly kind: 'rank' | 'kernel';
  readonly node?: string;
  readonly rank?: number;
  readonly fromMs: number;
  readonly toMs: number;
}
export interface LogManifest {
  readonly windows: readonly LogWindow[];
  /** Of a job that began anew: where its first rank began the time before, however far back. Only to be compared with. */
  readonly earlierStart?: readonly LogWindow[];
  /** Cluster milliseconds until which every source is here as far as it wrote: later silence proves nothing. */
  readonly shippedUntilMs?: number;
}

export interface ScanInput {
  readonly key: IncidentKey;
  readonly plan: GatherPlan;
  readonly logs: GatheredLogs | null;
  readonly metrics: GatheredMetrics | null;
}
export interface ScanResult {
  /** JSON array of `Finding`. */
  readonly findings: EvidenceRef;
  readonly count: number;
  /** Kind ids with counts, at most 30, most telling first. */
  readonly kinds: readonly { readonly kind: string; readonly count: number }[];
  readonly firstFaultKind: string | null;
}

export interface EmbedQueryInput {
  readonly key: IncidentKey;
  readonly findings: EvidenceRef;
}
export interface EmbedQueryResult {
  /** JSON: the text and its vector. */
  readonly embedding: EvidenceRef;
  readonly modelId: string;
}

export interface RecallInput {
  readonly key: IncidentKey;
  readonly findings: EvidenceRef;
  /** The query's vector; `null` when it could not be made, absent in histories that did not make one. */
  readonly embedding?: EvidenceRef | null;
}
export interface RecallResult {
  /** JSON: the query, the embedder's model id, every candidate with the parts of its score. */
  readonly recall: EvidenceRef;
  /** `problemkey` is the record's id. */
  readonly top: readonly {
    readonly problemkey: string;
    readonly category: string;
    readonly score: number;
    /** Where it comes from; absent in older histories, as are the references. */
    readonly source?: string;
  }[];
  /** Facts and pieces of the site's runbooks that bear on it. */
  readonly references?: readonly { readonly id: string; readonly kind: 'fact' | 'runbook'; readonly source: string }[];
  /** Why dense retrieval was left out, if it was. */
  readonly degraded: string | null;
}

export interface IndexKnowledgeResult {
  readonly added: number;
  readonly removed: number;
  readonly kept: number;
  /** Of what is indexed now. */
  readonly digest: string;
}

export interface PerformanceInput {
  readonly key: IncidentKey;
  readonly plan: GatherPlan;
  readonly metrics: GatheredMetrics | null;
}
export interface PerformanceResult {
  readonly performance: EvidenceRef;
  /** Step time now over the job's healthy median; `null` when not measurable. */
  readonly slowdownRatio: number | null;
  readonly measuredStepMs: number | null;
  readonly healthyStepMs: number | null;
  /**
   * Which yardstick spoke first: the job's own history, sibling devices, or the nominal figures of the GPU; where the
   * speed was predicted, the prediction (`absolute`), the history, or like ranks (`peers`).
   */
  readonly tier: 'history' | 'siblings' | 'nominal' | 'absolute' | 'peers' | null;
  readonly summary: string;
  /** Absent where nothing was predicted, as in older histories. */
  readonly comparison?: Comparison;
}

/** What a job should do, and what it does. */
export interface Comparison {
  readonly verdict: 'normal' | 'slow' | 'stopped' | 'interrupted' | 'suppressed' | 'unmeasured';
  /** The yardsticks that call it slow. */
  readonly tiers: readonly ('absolute' | 'history' | 'peers')[];
  /** What the slowness is consistent with, the strongest alone; `unknown` where it is slow and nothing explains it. */
  readonly component: string | null;
  readonly node?: string;
  readonly device?: Device;
  /** Cluster milliseconds. */
  readonly sinceMs: number | null;
  readonly predicted: PredictedSpeed | null;
  readonly tokensPerSecond: number | null;
  /** Median of the job's busy GPUs, watts. */
  readonly powerWattsPerGpu: number | null;
  /** JSON array of `Finding`: what reasoning reads of it. */
  readonly findings: EvidenceRef;
  readonly prediction: EvidenceRef | null;
}

export interface PredictedSpeed {
  readonly stepMs: number;
  /** Nine of ten runs lie between. */
  readonly lowMs: number;
  readonly highMs: number;
  readonly tokensPerSecond: number;
  readonly powerWattsPerGpu: number;
}

export interface PredictInput {
  readonly cluster: string;
  readonly job: string;
  /** Where the job may have printed its own shape. */
  readonly logs?: GatheredLogs | null;
  /** Fields of a job file, instead of what inventory and logs say of the job. */
  readonly run?: Readonly<Record<string, unknown>>;
}
export interface PredictResult {
  /** JSON: the run with the place that each field is from, the calibration used, and the prediction or why there is none. */
  readonly prediction: EvidenceRef;
  readonly predicted: PredictedSpeed | null;
  /** Fields that nobody stated, and that a rule gave. */
  readonly assumed: number;
  /** Whether runs of the site itself scale it. */
  readonly calibrated: boolean;
  readonly summary: string;
}

export interface CompareInput extends PerformanceInput {
  /** Pauses for checkpoints and evaluations are read from them. */
  readonly logs: GatheredLogs | null;
  readonly prediction: EvidenceRef | null;
}

export interface RoundInput {
  readonly key: IncidentKey;
  readonly plan: GatherPlan;
  readonly round: 1 | 2 | 3;
  readonly findings: readonly EvidenceRef[];
  /** Of the run that looked at the same alert too early: of these, what live ranks showed still counts, for they may be dead. */
  readonly earlier?: readonly EvidenceRef[];
  readonly recall: EvidenceRef | null;
  readonly performance: EvidenceRef | null;
  readonly previousGraph: EvidenceRef | null;
  /** Probes already run, so that none is asked for twice without a reason. */
  readonly probesRun: readonly { readonly probeId: string; readonly nodes: readonly string[] }[];
  /** The plan's first look was taken: its probes were run, too. */
  readonly looked?: true;
  /**
   * Results of the batches, the first look's among them, the oldest first: what was missed there may be asked for once
   * more. Absent in older histories and where there was none: then everything that was asked counts as read.
   */
  readonly batches?: readonly EvidenceRef[];
  /** What the model said of the case; `mayAsk`: one more batch of probes may follow this round. */
  readonly opinion?: { readonly exchange: EvidenceRef; readonly mayAsk: boolean };
  /** What programs that the model wrote came to: shown, and weighing nothing. */
  readonly programs?: readonly ProgramRef[];
  /** What could not be done as usual until now, for the narrative; at most `degradedToldMax`. */
  readonly degraded?: readonly string[];
  /** The workflow can compare the job's speed again when a round wishes for it; older ones can not. */
  readonly compares?: true;
}
export interface RoundResult {
  readonly graphRef: EvidenceRef;
  /** SHA-256 of the graph's canonical JSON. */
  readonly digest: string;
  readonly knowledgeDigest: string;
  /** The standing hypotheses, best first, at most 5. */
  readonly hypotheses: readonly RankedCause[];
  /** Set in the round that ends the reasoning. */
  readonly verdict: Verdict | null;
  readonly wantedProbes: readonly ProbeWish[];
  readonly summary: string;
  /** With the verdict, in words for people, at most some 6 kB; absent in older histories. */
  readonly narrative?: Narrative;
}

export interface ProbeBatchInput {
  readonly key: IncidentKey;
  /** `round2`, `before`, `after` …: part of the idempotency key. */
  readonly batch: string;
  readonly probes: readonly { readonly probeId: string; readonly nodes: readonly string[] }[];
  /** May probes run that put load on a node and need an idle device? Where nothing is said, they may not. */
  readonly load?: boolean;
  /** For the whole batch, wall milliseconds: what is not read by then counts as unread. No bound when absent. */
  readonly msMax?: number;
}
export interface ProbeBatchResult {
  /** JSON: one entry a probe and node with reading, findings and the reference of its raw output. */
  readonly results: EvidenceRef;
  /** JSON array of `Finding`. */
  readonly findings: EvidenceRef;
  readonly ran: number;
  readonly clean: number;
  readonly notClean: number;
  /** What was not clean, by kind and place, at most 10. */
  readonly notable: readonly {
    readonly probeId: string;
    readonly kind: string;
    readonly node: string;
    readonly device?: Device;
  }[];
  /** Could not be read: node unreachable, host key changed, output not in the tool's format; at most 20 listed. */
  readonly failures: readonly { readonly probeId: string; readonly node: string; readonly reason: string }[];
  readonly unread: number;
  /** Of the unread, those that the bound on the whole batch left out; absent where there are none. */
  readonly overdue?: number;
  readonly elapsedMs: number;
}

export interface ProposeInput {
  readonly key: IncidentKey;
  readonly verdict: Verdict;
  readonly findings: readonly EvidenceRef[];
  readonly number: number;
  readonly createdAtMs: number;
  readonly approvalMs: number;
  /** Repairs that were carried out, and what people rejected: `plan-repair.ts` says what is not proposed. */
  readonly tried?: readonly TriedRepair[];
}
export type ProposeResult =
  | { readonly kind: 'proposal'; readonly proposal: Proposal }
  | { readonly kind: 'none'; readonly reason: string };

export interface SeverityInput {
  readonly key: IncidentKey;
  readonly plan: GatherPlan;
  readonly proposal: Proposal;
  /** `given-back`: after people did their part and the plan's containment was taken back. */
  readonly moment: 'before' | 'after' | 'after-undo' | 'given-back';
  readonly probes: ProbeBatchResult | null;
}
export interface SeverityResult {
  readonly severity: Severity;
  readonly evidence: EvidenceRef;
}

/** The undo record; it stands in the history before the action starts. */
export interface UndoRecord {
  readonly proposal: number;
  readonly digest: string;
  readonly undo: readonly Step[];
  /** What the targets looked like before. */
  readonly before: EvidenceRef;
  readonly recordedAtMs: number;
}
export interface RecordUndoInput {
  readonly key: IncidentKey;
  readonly proposal: Proposal;
  readonly before: SeverityResult;
}

export interface ApplyStepInput {
  readonly key: IncidentKey;
  readonly proposal: Proposal;
  readonly step: Step;
  readonly direction: 'forward' | 'undo';
  readonly fencing: FencingToken;
}
export type StepOutcome =
  | { readonly kind: 'done'; readonly exitCode: number; readonly replayed: boolean; readonly output: EvidenceRef }
  /** `nothingBegun`: an undo that found no trace of a forward step on the node. */
  | { readonly kind: 'refused'; readonly reason: string; readonly nothingBegun?: true }
  | { readonly kind: 'unknown'; readonly reason: string };

/** A new measurement because the alert has resolved by itself. */
export interface RecoveryInput {
  readonly key: IncidentKey;
  readonly plan: GatherPlan;
  /** What waits for approval, if anything; its verification probes were run again for this. */
  readonly proposal: Proposal | null;
  /** The plan was carried out and holds its capacity out of service: the rest takes longer for the same work. */
  readonly contained?: true;
  /** What was asked in `probes`, and which answers count. */
  readonly verifyProbes: readonly VerifyProbe[];
  readonly probes: ProbeBatchResult | null;
}
export interface RecoveryResult {
  readonly recovered: boolean;
  readonly severity: Severity;
  readonly evidence: EvidenceRef;
  /** Why, from our own templates. */
  readonly text: string;
}
