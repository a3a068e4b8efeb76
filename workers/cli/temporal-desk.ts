import {
  QueryNotRegisteredError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  type Client,
  type WorkflowExecutionDescription,
  type WorkflowExecutionInfo,
} from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import type { ClusterState } from '../../workflows/domain/cluster-rules.ts';
import { clusterWorkflowId, taskQueues, workflowTypes } from '../../workflows/domain/ids.ts';
import type { IncidentSettings } from '../../workflows/domain/incident-input.ts';
import { completeView, type IncidentView } from '../../workflows/domain/incident-view.ts';
import { searchAttributes } from '../../workflows/domain/search-attributes.ts';
import { TemporalUnavailable } from '../api/incident-gateway.ts';
import { createIntake } from '../api/intake.ts';
import { temporalGateway } from '../api/temporal-gateway.ts';
import { grpcCause, reachTemporal } from '../api/temporal-reach.ts';
import { connectTemporal, type TemporalTarget } from '../temporal-client.ts';
import type { DecisionAnswer, IncidentDesk, IncidentRow, IncidentRows, ReadIncident } from './incident-desk.ts';
import { CommandFailure, exitCodes } from './output.ts';
import { pendingRetries, type PendingRetry } from './pending-retries.ts';
import { visibilityQuery } from './visibility-query.ts';
import { orNull } from './or-null.ts';

/** Runs `work` with a desk on a Temporal server, and lets go of the connection. */
export async function withTemporalDesk<T>(
  target: TemporalTarget,
  settings: IncidentSettings,
  work: (desk: IncidentDesk) => Promise<T>,
  whileWaiting: Waiting = (call) => call(),
): Promise<T> {
  const client = connectTemporal(target);
  try {
    return await work(temporalDesk(client, settings, whileWaiting));
  } catch (error) {
    if (error instanceof TemporalUnavailable) throw unreachable(target, error);
    throw error;
  } finally {
    await client.connection.close();
  }
}

/** Surrounds each call, so that a person can be told what is waited for. */
type Waiting = <T>(call: () => Promise<T>) => Promise<T>;

/** How long a person is kept waiting for the server, and for a worker behind it. */
const serverWaitMs = 5_000;
const workerWaitMs = 10_000;

function temporalDesk(client: Client, settings: IncidentSettings, whileWaiting: Waiting): IncidentDesk {
  const { workflow } = client;
  const withServer = <T>(call: () => Promise<T>) =>
    whileWaiting(() => client.withDeadline(Date.now() + serverWaitMs, () => reachTemporal(call)));
  const withWorker = <T>(call: () => Promise<T>) =>
    whileWaiting(() => client.withDeadline(Date.now() + workerWaitMs, call));

  return {
    list: (filter, rowsMax) =>
      withServer(async (): Promise<IncidentRows> => {
        const rows: IncidentRow[] = [];
        for await (const run of workflow.list({
          query: visibilityQuery(filter),
          pageSize: Math.min(rowsMax + 1, 1000),
        })) {
          if (rows.length === rowsMax) return { rows: newestFirst(rows), truncated: true };
          rows.push(rowOf(run));
        }
        return { rows: newestFirst(rows), truncated: false };
      }),

    read: async (workflowId, runId): Promise<ReadIncident | null> => {
      const handle = workflow.getHandle(workflowId, runId, { followRuns: false });
      const run = await withServer(() => orNull(() => handle.describe()));
      if (run === null || run.type !== workflowTypes.incident) return null;
      const row = rowOf(run);
      // A finished chart is in the result; everything else needs a worker that replays the history.
      const view =
        row.status === 'COMPLETED'
          ? await withServer<unknown>(() => handle.result())
          : await askWorker(() => withWorker(() => handle.query<unknown>('incidentView')));
      if (view === noAnswer && row.closedAtMs === null) throw noWorker(`the chart of ${workflowId}`);
      const retrying = [...pendingRetries(run), ...(await withServer(() => retriesOfChildren(client, run)))];
      return { row, view: isIncidentView(view) ? completeView(view) : null, retrying };
    },

    start: (sighting) => withServer(() => createIntake(temporalGateway(client), settings).observe(sighting)),

    decide: async (workflowId, kind, payload): Promise<DecisionAnswer> => {
      const name = kind === 'approve' ? 'approveProposal' : 'rejectProposal';
      try {
        // The decision's own id: sent twice, it is one update, and the second hears what the first did.
        const args: [unknown] = [payload];
        const status = await withWorker(() =>
          workflow.getHandle(workflowId).executeUpdate<string, [unknown]>(name, { args, updateId: payload.decisionId }),
        );
        return { kind: 'counted', status };
      } catch (error) {
        if (error instanceof WorkflowUpdateFailedError)
          return { kind: 'refused', reason: error.cause?.message ?? error.message };
        if (error instanceof WorkflowNotFoundError) return { kind: 'refused', reason: 'the incident is closed' };
        if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) throw undecided(workflowId, error);
        throw asUnavailable(error);
      }
    },

    cancel: (workflowId) =>
      withServer(async () => {
        const handle = workflow.getHandle(workflowId);
        // The server accepts the cancellation of a closed run without a word.
        const run = await orNull(() => handle.describe());
        if (run === null || run.closeTime !== undefined) throw notOpen(workflowId);
        await handle.cancel();
      }),

    tell: (workflowId, message, payload) =>
      withServer(async () => {
        try {
          await workflow.getHandle(workflowId).signal<[unknown]>(message, payload);
        } catch (error) {
          if (error instanceof WorkflowNotFoundError) throw notOpen(workflowId);
          throw error;
        }
      }),

    orderRemediation: (cluster, order, by, reason) =>
      withServer(async () => {
        await workflow.signalWithStart(workflowTypes.cluster, {
          workflowId: clusterWorkflowId(cluster),
          taskQueue: taskQueues.incidents,
          args: [{ cluster }],
          signal: order === 'stop' ? 'stopRemediation' : 'resumeRemediation',
          signalArgs: [{ by, reason }],
          workflowIdReusePolicy: 'ALLOW_DUPLICATE',
          workflowIdConflictPolicy: 'USE_EXISTING',
          staticSummary: `Cluster ${cluster}`,
        });
      }),

    clusterState: async (cluster) => {
      const handle = workflow.getHandle(clusterWorkflowId(cluster));
      if ((await withServer(() => orNull(() => handle.describe()))) === null) return null;
      const state = await askWorker(() => withWorker(() => handle.query<ClusterState>('clusterState')));
      return state === noAnswer ? null : state;
    },
  };
}

const keys = {
  cluster: defineSearchAttributeKey('Cluster', searchAttributes.Cluster),
  phase: defineSearchAttributeKey('Phase', searchAttributes.Phase),
  severity: defineSearchAttributeKey('AlertSeverity', searchAttributes.AlertSeverity),
  verdict: defineSearchAttributeKey('Verdict', searchAttributes.Verdict),
  category: defineSearchAttributeKey('Category', searchAttributes.Category),
  nodes: defineSearchAttributeKey('Nodes', searchAttributes.Nodes),
  needsHuman: defineSearchAttributeKey('NeedsHuman', searchAttributes.NeedsHuman),
};

function rowOf(run: Omit<WorkflowExecutionInfo, 'raw'>): IncidentRow {
  const attributes = run.typedSearchAttributes;
  return {
    workflowId: run.workflowId,
    runId: run.runId,
    status: run.status.name,
    cluster: attributes.get(keys.cluster) ?? null,
    phase: attributes.get(keys.phase) ?? null,
    severity: attributes.get(keys.severity) ?? null,
    verdict: attributes.get(keys.verdict) ?? null,
    categories: attributes.get(keys.category) ?? [],
    nodes: attributes.get(keys.nodes) ?? [],
    needsHuman: attributes.get(keys.needsHuman) ?? false,
    startedAtMs: run.startTime.getTime(),
    closedAtMs: run.closeTime?.getTime() ?? null,
  };
}

function newestFirst(rows: readonly IncidentRow[]): readonly IncidentRow[] {
  return rows.toSorted((a, b) => b.startedAtMs - a.startedAtMs);
}

/** An incident has one repair at a time, and an archive that starts at its end. */
const childrenMax = 4;

async function retriesOfChildren(
  { workflow }: Client,
  { raw }: WorkflowExecutionDescription,
): Promise<readonly PendingRetry[]> {
  const children = (raw.pendingChildren ?? []).slice(0, childrenMax);
  const found = await Promise.all(
    children.map(({ workflowId }) => orNull(() => workflow.getHandle(workflowId ?? '').describe())),
  );
  return found.flatMap((child) => (child === null ? [] : pendingRetries(child)));
}

/** A run of an older version may have left something else. */
function isIncidentView(value: unknown): value is IncidentView {
  return (
    typeof value === 'object' && value !== null && 'phase' in value && 'approval' in value && 'phaseTimes' in value
  );
}

const noAnswer = Symbol('no worker answered');

// https://grpc.io/docs/guides/status-codes/: cancelled, deadline exceeded, failed precondition (no poller lately), unavailable.
const workerSilentCodes = new Set([1, 4, 9, 14]);

async function askWorker<T>(call: () => Promise<T>): Promise<T | typeof noAnswer> {
  try {
    return await call();
  } catch (error) {
    const cause = grpcCause(error);
    if (error instanceof QueryNotRegisteredError || (cause !== null && workerSilentCodes.has(cause.code)))
      return noAnswer;
    throw error;
  }
}

function asUnavailable(error: unknown): unknown {
  const cause = grpcCause(error);
  return cause !== null && workerSilentCodes.has(cause.code)
    ? new TemporalUnavailable(cause.details, { cause: error })
    : error;
}

function unreachable(target: TemporalTarget, cause: TemporalUnavailable): CommandFailure {
  return new CommandFailure(
    `Temporal does not answer at ${target.address} (namespace ${target.namespace})`,
    'is `wardround up` running? For another server set WARDROUND_TEMPORAL_ADDRESS',
    { cause },
  );
}

function notOpen(workflowId: string): CommandFailure {
  return new CommandFailure(`${workflowId} is not open`, 'see open incidents with `wardround incident list`');
}

function noWorker(what: string): CommandFailure {
  return new CommandFailure(
    `no worker answered within ${workerWaitMs / 1000} s, so ${what} can not be read now`,
    'start the workers (`wardround up`); nothing is lost meanwhile',
  );
}

function undecided(workflowId: string, cause: unknown): CommandFailure {
  return new CommandFailure(
    `no worker confirmed the decision on ${workflowId} within ${workerWaitMs / 1000} s; it may or may not have arrived`,
    'start the workers (`wardround up`) and send it again: the same decision counts once',
    { exitCode: exitCodes.notProven, cause },
  );
}
