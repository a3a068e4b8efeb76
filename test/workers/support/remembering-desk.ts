import { noApproval, reduceApproval, checkDecision } from '../../../workflows/domain/approval.ts';
import {
  newCluster,
  resumeRemediation,
  stopRemediation,
  type ClusterState,
} from '../../../workflows/domain/cluster-rules.ts';
import { newIncidentView, type IncidentView } from '../../../workflows/domain/incident-view.ts';
import type { Receipt } from '../../../workers/api/intake.ts';
import type { IncidentDesk, IncidentFilter, IncidentRow } from '../../../workers/cli/incident-desk.ts';
import { incidentStart, shortIncidentId, type IncidentSighting } from '../../../workers/incident-start.ts';
import { aProposal } from '../../support/proposals.ts';

export const nowMs = 30_000;

export function anIncidentRow(overrides: Partial<IncidentRow> = {}): IncidentRow {
  return {
    workflowId: 'incident/site-a/0011223344556677',
    runId: 'run-1',
    status: 'RUNNING',
    cluster: 'site-a',
    phase: 'reasoning',
    severity: 'critical',
    verdict: null,
    categories: [],
    nodes: [],
    needsHuman: false,
    startedAtMs: nowMs - 25_000,
    closedAtMs: null,
    ...overrides,
  };
}

/** An incident that waits for a decision on proposal 1. */
export function aWaitingView(overrides: Partial<IncidentView> = {}): IncidentView {
  const start = {
    cluster: 'site-a',
    workflowId: 'incident/site-a/0011223344556677',
    runId: 'run-1',
    openedAtMs: 5_000,
  };
  return {
    ...newIncidentView({ ...start, observeOnly: false, recurrenceOf: null }),
    phase: 'awaiting-approval',
    approval: reduceApproval(noApproval, { kind: 'proposed', proposal: aProposal() }),
    ...overrides,
  };
}

/** Incidents in memory that decide by the real rules. `workersDown`: orders are kept, nobody answers. */
export function rememberingDesk(views: readonly IncidentView[] = [], rows: readonly IncidentRow[] = []) {
  const charts = new Map(views.map((view) => [view.workflowId, view]));
  const clusters = new Map<string, ClusterState>();
  const state = { workersDown: false };
  const asked: { filters: IncidentFilter[]; cancelled: string[]; started: IncidentSighting[]; told: unknown[] } = {
    told: [],
    filters: [],
    cancelled: [],
    started: [],
  };
  const desk: IncidentDesk = {
    async list(filter, rowsMax) {
      asked.filters.push(filter);
      const kept = rows.filter((row) => filter.open !== true || row.closedAtMs === null);
      return { rows: kept.slice(0, rowsMax), truncated: kept.length > rowsMax };
    },
    async read(workflowId) {
      const view = charts.get(workflowId);
      return view === undefined ? null : { row: anIncidentRow({ workflowId }), view };
    },
    async start(sighting): Promise<Receipt> {
      asked.started.push(sighting);
      const { workflowId } = incidentStart(sighting, { approvalMs: 1 } as never, null);
      return { incidentId: shortIncidentId(workflowId), workflowId, runId: 'run-1', created: true, outcome: 'started' };
    },
    async decide(workflowId, kind, payload) {
      const view = charts.get(workflowId);
      if (view === undefined) return { kind: 'refused', reason: 'the incident is closed' };
      const checked = checkDecision(view.approval, kind, payload, nowMs, null);
      if (!checked.ok) return { kind: 'refused', reason: checked.reason };
      const event = { kind: 'decided', decision: kind, payload, principal: null, atMs: nowMs } as const;
      const decided = { ...view, approval: reduceApproval(view.approval, event) };
      charts.set(workflowId, decided);
      return { kind: 'counted', status: decided.approval.status.kind };
    },
    async cancel(workflowId) {
      asked.cancelled.push(workflowId);
    },
    async tell(workflowId, message, payload) {
      asked.told.push({ workflowId, message, payload });
    },
    async orderRemediation(cluster, order, by, reason) {
      const before = clusters.get(cluster) ?? newCluster(cluster, 1);
      clusters.set(
        cluster,
        order === 'stop'
          ? stopRemediation(before, { by, reason, atMs: nowMs })
          : resumeRemediation(before, { by, reason, atMs: 0 }),
      );
    },
    async clusterState(cluster) {
      return state.workersDown ? null : (clusters.get(cluster) ?? null);
    },
  };
  return { desk, state, asked, clusters, viewOf: (workflowId: string) => charts.get(workflowId) };
}
