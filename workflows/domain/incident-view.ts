import type { AlertObservation } from './alert.ts';
import { noApproval, type ApprovalState } from './approval.ts';
import type { Closing } from './closing.ts';
import type { EvidenceRef } from './evidence.ts';
import type { Verdict } from './finding.ts';
import type { AskModelResult, ModelSpent, RunWishedProgramResult } from './model-data.ts';
import type {
  GatheredLogs,
  GatheredMetrics,
  PerformanceResult,
  ProbeBatchResult,
  RecallResult,
  RoundResult,
  ScanResult,
} from './phase-data.ts';
import type { HeardAlerts } from './later-alerts.ts';
import type { Narrative } from './narrative.ts';
import type { Correction, HumanAction, Note } from './people.ts';
import type { NotificationKind } from './notification.ts';
import type { TriedRepair } from './proposal.ts';
import type { RepairReport } from './repair-report.ts';

export const phases = [
  'intake',
  'gathering',
  'reasoning',
  'planning',
  'awaiting-approval',
  'repairing',
  'awaiting-people',
  'learning',
  'closed',
] as const;
export type Phase = (typeof phases)[number];

/** Everything that people see of an incident: the chart. Also the workflow's result. */
export interface IncidentView {
  readonly cluster: string;
  readonly workflowId: string;
  readonly runId: string;
  readonly phase: Phase;
  readonly openedAtMs: number;
  readonly observeOnly: boolean;
  readonly recurrenceOf: string | null;
  readonly alert: AlertObservation | null;
  readonly latestAlert: AlertObservation | null;
  /** Deliveries of the alert group, repeats included. */
  readonly observations: number;
  /** Of the latest delivery. */
  readonly latestAlertStatus?: AlertObservation['status'];
  /** Start times of all alerts seen firing; also in the memo, where the API finds them after the end. */
  readonly alertStartsAtMs: readonly number[];
  /** How often the alert turned from firing to resolved, and how often it began anew after that. */
  readonly resolutions: number;
  readonly recurrences: number;
  /** Alerts that it was begun with, and those that came after; absent in older histories. */
  readonly heardAlerts?: HeardAlerts;
  /** How many runs in a row have taken up later alerts, this one included. */
  readonly takenUp?: number;
  readonly notes: readonly Note[];
  readonly corrections: readonly Correction[];
  readonly humanActions: readonly HumanAction[];
  /** Incidents of the same fault that were merged into this one. */
  readonly merged: readonly MergedIncident[];
  readonly recoveries: readonly { readonly atMs: number; readonly recovered: boolean; readonly text: string }[];
  /** What people are asked to do while the incident waits for them. */
  readonly handOver: Extract<Closing, { kind: 'handed-over' }> | null;
  /** Wall milliseconds; while people are waited for, another look follows then if the alert still fires. */
  readonly looksAgainAtMs?: number;
  readonly notified: readonly {
    readonly kind: NotificationKind;
    readonly atMs: number;
    readonly sent: readonly string[];
    readonly failed: number;
  }[];
  readonly job: string | null;
  readonly handlerId: string | null;
  readonly knowledgeDigest: string | null;
  readonly phaseTimes: readonly { readonly phase: Phase; readonly atMs: number }[];
  readonly logs: GatheredLogs | null;
  readonly metrics: GatheredMetrics | null;
  readonly scan: ScanResult | null;
  readonly recall: RecallResult | null;
  readonly performance: PerformanceResult | null;
  readonly rounds: readonly (Omit<RoundResult, 'wantedProbes' | 'verdict' | 'narrative'> & {
    readonly round: 1 | 2 | 3;
  })[];
  readonly probeBatches: readonly { readonly batch: string; readonly result: ProbeBatchResult }[];
  /** Of the job's speed, made again because a round wished for it; absent in older histories. */
  readonly comparisons?: readonly { readonly batch: string; readonly summary: string }[];
  /** What the model was asked, and what of its answers counts; absent where none is asked. */
  readonly opinions?: readonly (AskModelResult & { readonly round: 1 | 2 | 3 })[];
  /** On the model until now, earlier runs of the incident included; absent where none was asked. */
  readonly modelSpent?: ModelSpent;
  /** Programs that the model wrote; `round`: of the question that was answered with it. */
  readonly programs?: readonly (RunWishedProgramResult & { readonly round: 1 | 2 | 3 })[];
  readonly verdict: Verdict | null;
  readonly verdictAtMs: number | null;
  /** Of the verdict that was reached, before people corrected it; absent in older histories. */
  readonly narrative?: Narrative;
  readonly approval: ApprovalState;
  readonly repair: RepairReport | null;
  /** Repairs that were carried out or rejected and are not proposed again; absent where there are none, and in older histories. */
  readonly tried?: readonly TriedRepair[];
  /** The containment that was taken back after people had done their part. */
  readonly givenBack: RepairReport | null;
  /** What could not be done as usual, in plain words. */
  readonly degraded: readonly string[];
  readonly closing: Closing | null;
  readonly chart: EvidenceRef | null;
}

export interface MergedIncident {
  readonly workflowId: string;
  readonly runId: string;
  readonly atMs: number;
}

export const degradedMax = 20;
/** Of these, so many of so many characters go into the narrative. */
export const degradedToldMax = 5;
export const degradedCharsToldMax = 300;
export const mergedMax = 50;

export function newIncidentView(
  start: Pick<IncidentView, 'cluster' | 'workflowId' | 'runId' | 'openedAtMs' | 'observeOnly' | 'recurrenceOf'>,
): IncidentView {
  return {
    ...start,
    phase: 'intake',
    alert: null,
    latestAlert: null,
    observations: 0,
    alertStartsAtMs: [],
    resolutions: 0,
    recurrences: 0,
    notes: [],
    corrections: [],
    humanActions: [],
    merged: [],
    recoveries: [],
    handOver: null,
    notified: [],
    job: null,
    handlerId: null,
    knowledgeDigest: null,
    phaseTimes: [{ phase: 'intake', atMs: start.openedAtMs }],
    logs: null,
    metrics: null,
    scan: null,
    recall: null,
    performance: null,
    rounds: [],
    probeBatches: [],
    verdict: null,
    verdictAtMs: null,
    approval: noApproval,
    repair: null,
    givenBack: null,
    degraded: [],
    closing: null,
    chart: null,
  };
}

/** A view as an earlier version wrote it, with what that version did not know yet. */
export function completeView(view: IncidentView): IncidentView {
  return { ...newIncidentView(view), ...view };
}

export function enterPhase(view: IncidentView, phase: Phase, atMs: number): IncidentView {
  return { ...view, phase, phaseTimes: [...view.phaseTimes, { phase, atMs }] };
}

/** What the narrative is told of it: the beginning says what failed first. */
export function degradedTold({ degraded }: Pick<IncidentView, 'degraded'>): readonly string[] {
  return degraded.slice(0, degradedToldMax).map((line) => line.slice(0, degradedCharsToldMax));
}

export function degrade(view: IncidentView, what: string): IncidentView {
  return view.degraded.length >= degradedMax || view.degraded.includes(what)
    ? view
    : { ...view, degraded: [...view.degraded, what] };
}
