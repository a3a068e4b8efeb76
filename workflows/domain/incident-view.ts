import type { AlertObservation } from './alert.ts';
import { noApproval, type ApprovalState } from './approval.ts';
import type { Closing } from './closing.ts';
import type { EvidenceRef } from './evidence.ts';
import type { Verdict } from './finding.ts';
import type {
  GatheredLogs,
  GatheredMetrics,
  PerformanceResult,
  ProbeBatchResult,
  RecallResult,
  RoundResult,
  ScanResult,
} from './phase-data.ts';
import type { RepairReport } from './repair-report.ts';

export const phases = [
  'intake',
  'gathering',
  'reasoning',
  'planning',
  'awaiting-approval',
  'repairing',
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
  /** Deliveries of the alert group, repeats included. */
  readonly observations: number;
  /** Of the latest delivery. */
  readonly latestAlertStatus?: AlertObservation['status'];
  /** Start times of all alerts seen firing; also in the memo, where the API finds them after the end. */
  readonly alertStartsAtMs: readonly number[];
  readonly job: string | null;
  readonly handlerId: string | null;
  readonly knowledgeDigest: string | null;
  readonly phaseTimes: readonly { readonly phase: Phase; readonly atMs: number }[];
  readonly logs: GatheredLogs | null;
  readonly metrics: GatheredMetrics | null;
  readonly scan: ScanResult | null;
  readonly recall: RecallResult | null;
  readonly performance: PerformanceResult | null;
  readonly rounds: readonly (Omit<RoundResult, 'wantedProbes' | 'verdict'> & { readonly round: 1 | 2 | 3 })[];
  readonly probeBatches: readonly { readonly batch: string; readonly result: ProbeBatchResult }[];
  readonly verdict: Verdict | null;
  readonly verdictAtMs: number | null;
  readonly approval: ApprovalState;
  readonly repair: RepairReport | null;
  /** What could not be done as usual, in plain words. */
  readonly degraded: readonly string[];
  readonly closing: Closing | null;
  readonly chart: EvidenceRef | null;
}

export const degradedMax = 20;

export function newIncidentView(
  start: Pick<IncidentView, 'cluster' | 'workflowId' | 'runId' | 'openedAtMs' | 'observeOnly' | 'recurrenceOf'>,
): IncidentView {
  return {
    ...start,
    phase: 'intake',
    alert: null,
    observations: 0,
    alertStartsAtMs: [],
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
    degraded: [],
    closing: null,
    chart: null,
  };
}

export function enterPhase(view: IncidentView, phase: Phase, atMs: number): IncidentView {
  return { ...view, phase, phaseTimes: [...view.phaseTimes, { phase, atMs }] };
}

export function degrade(view: IncidentView, what: string): IncidentView {
  return view.degraded.length >= degradedMax || view.degraded.includes(what)
    ? view
    : { ...view, degraded: [...view.degraded, what] };
}
