import type { ClusterState } from '../../workflows/domain/cluster-rules.ts';
import type { DecisionKind } from '../../workflows/domain/approval.ts';
import type { IncidentView } from '../../workflows/domain/incident-view.ts';
import type { Receipt } from '../api/intake.ts';
import type { IncidentSighting } from '../incident-start.ts';
import type { PendingRetry } from './pending-retries.ts';

/** What lists know of an incident: search attributes, without asking a worker. */
export interface IncidentRow {
  readonly workflowId: string;
  readonly runId: string;
  /** As the engine says: `RUNNING`, `COMPLETED`, `FAILED`, `CANCELLED`, `TERMINATED` … */
  readonly status: string;
  readonly cluster: string | null;
  readonly phase: string | null;
  readonly severity: string | null;
  readonly verdict: string | null;
  readonly categories: readonly string[];
  readonly nodes: readonly string[];
  readonly needsHuman: boolean;
  readonly startedAtMs: number;
  readonly closedAtMs: number | null;
}

export interface IncidentFilter {
  readonly cluster?: string;
  readonly phase?: string;
  readonly severity?: string;
  readonly verdict?: string;
  readonly needsHuman?: true;
  /** Only incidents that are not closed. */
  readonly open?: true;
  /** The beginning of a workflow id. */
  readonly idStart?: string;
}

export interface IncidentRows {
  /** Newest first. */
  readonly rows: readonly IncidentRow[];
  readonly truncated: boolean;
}

export interface DecisionPayload {
  readonly decisionId: string;
  readonly proposal: number;
  readonly digest: string;
  readonly approver: string;
  readonly comment?: string;
  readonly reason?: string;
}

export type DecisionAnswer =
  | { readonly kind: 'counted'; readonly status: string }
  | { readonly kind: 'refused'; readonly reason: string };

/** An incident's chart, as its worker or its result tells it; `null` when the run ended without leaving one. */
export interface ReadIncident {
  readonly row: IncidentRow;
  readonly view: IncidentView | null;
  /** What the engine tries again at this moment, for the incident and its repair. */
  readonly retrying?: readonly PendingRetry[];
}

/** What the commands need of the engine; trouble is a `CommandFailure` that says what to do. */
export interface IncidentDesk {
  list(filter: IncidentFilter, rowsMax: number): Promise<IncidentRows>;
  /** `null` when there is no such incident. */
  read(workflowId: string, runId?: string): Promise<ReadIncident | null>;
  start(sighting: IncidentSighting): Promise<Receipt>;
  decide(workflowId: string, kind: DecisionKind, payload: DecisionPayload): Promise<DecisionAnswer>;
  cancel(workflowId: string): Promise<void>;
  /** Durable once this resolves, whether or not a worker runs; what the incident refuses stands in its chart. */
  tell(workflowId: string, message: PeopleMessage, payload: Readonly<Record<string, unknown>>): Promise<void>;
  /** Durable once this resolves; the entity is started if it does not run. */
  orderRemediation(cluster: string, order: RemediationOrder, by: string, reason: string): Promise<void>;
  /** `null` when no worker answers in time, or the entity does not run. */
  clusterState(cluster: string): Promise<ClusterState | null>;
}

export type RemediationOrder = 'stop' | 'resume';

/** Signals of people beside their decisions (workflows/messages.ts); payloads are read in workflows/domain/people.ts. */
export type PeopleMessage = 'addNote' | 'correctVerdict' | 'humanActionDone';
