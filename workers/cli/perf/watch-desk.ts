import { WorkflowNotFoundError, type Client, type WorkflowExecutionInfo } from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import { taskQueues, watchWorkflowId, workflowTypes } from '../../../workflows/domain/ids.ts';
import type { WatchOrder, WatchSettings } from '../../../workflows/domain/perf-watch.ts';
import { searchAttributes } from '../../../workflows/domain/search-attributes.ts';
import type { PerfWatchInput, PerfWatchView } from '../../../workflows/perf-watch.ts';
import { TemporalUnavailable } from '../../api/incident-gateway.ts';
import { grpcCause, reachTemporal } from '../../api/temporal-reach.ts';
import { connectTemporal, type TemporalTarget } from '../../temporal-client.ts';
import { CommandFailure } from '../output.ts';
import { orNull } from '../or-null.ts';

/** One watch as lists know it, and what it says of itself; `null` where no worker answered. */
export interface WatchRow {
  readonly job: string;
  readonly cluster: string;
  readonly phase: string | null;
  readonly startedAtMs: number;
  readonly open: boolean;
  readonly view: PerfWatchView | null;
}

/** What commands do with watches. */
export interface WatchDesk {
  /** Answers whether it was started now; one that runs goes on as it is. */
  start(cluster: string, job: string, settings: WatchSettings): Promise<'started' | 'running'>;
  /** Open watches of a cluster, by job. */
  list(cluster: string): Promise<readonly WatchRow[]>;
  /** The latest watch of a job, also one that has ended. */
  read(cluster: string, job: string): Promise<WatchRow | null>;
  /** Answers `false` where no watch is open. */
  tell(cluster: string, job: string, order: WatchSignal): Promise<boolean>;
}

export type WatchSignal =
  | { readonly kind: 'pauseWatch' | 'resumeWatch' | 'stopWatch'; readonly order: WatchOrder }
  | { readonly kind: 'setWatchSettings'; readonly settings: Partial<WatchSettings> };

/** An inventory has no more jobs. */
const watchesMax = 100;
const serverWaitMs = 5_000;
const workerWaitMs = 5_000;

/** Runs `work` with a desk on a Temporal server, and lets go of the connection. */
export async function withTemporalWatches<T>(
  target: TemporalTarget,
  work: (desk: WatchDesk) => Promise<T>,
): Promise<T> {
  const client = connectTemporal(target);
  try {
    return await work(temporalWatches(client));
  } catch (error) {
    if (error instanceof TemporalUnavailable)
      throw new CommandFailure(
        `Temporal does not answer at ${target.address} (namespace ${target.namespace})`,
        'is `wardround up` running? For another server set WARDROUND_TEMPORAL_ADDRESS',
        { cause: error },
      );
    throw error;
  } finally {
    await client.connection.close();
  }
}

export function temporalWatches(client: Client): WatchDesk {
  const { workflow } = client;
  const withServer = <T>(call: () => Promise<T>) =>
    client.withDeadline(Date.now() + serverWaitMs, () => reachTemporal(call));

  return {
    start: (cluster, job, settings) =>
      withServer(async () => {
        const workflowId = watchWorkflowId(cluster, job);
        const wasOpen = await isOpen(workflowId);
        await workflow.start(workflowTypes.perfWatch, {
          workflowId,
          taskQueue: taskQueues.incidents,
          args: [{ cluster, job, settings } satisfies PerfWatchInput],
          workflowIdReusePolicy: 'ALLOW_DUPLICATE',
          workflowIdConflictPolicy: 'USE_EXISTING',
          staticSummary: `Speed of ${job} on ${cluster}`.slice(0, 180),
          typedSearchAttributes: [{ key: keys.cluster, value: cluster }],
        });
        return wasOpen ? 'running' : 'started';
      }),

    async list(cluster) {
      const runs = await withServer(async () => {
        const found: WorkflowExecutionInfo[] = [];
        const query = `WorkflowType = '${workflowTypes.perfWatch}' AND Cluster = '${cluster}' AND ExecutionStatus = 'Running'`;
        for await (const run of workflow.list({ query, pageSize: watchesMax })) {
          if (found.length === watchesMax) break;
          found.push(run);
        }
        return found;
      });
      const rows = await Promise.all(runs.map((run) => rowOf(cluster, run)));
      return rows.toSorted((a, b) => (a.job < b.job ? -1 : 1));
    },

    async read(cluster, job) {
      const handle = workflow.getHandle(watchWorkflowId(cluster, job));
      const run = await withServer(() => orNull(() => handle.describe()));
      return run === null ? null : rowOf(cluster, run);
    },

    tell: (cluster, job, signal) =>
      withServer(async () => {
        try {
          const payload = signal.kind === 'setWatchSettings' ? signal.settings : signal.order;
          await workflow.getHandle(watchWorkflowId(cluster, job)).signal<[unknown]>(signal.kind, payload);
          return true;
        } catch (error) {
          if (error instanceof WorkflowNotFoundError) return false;
          throw error;
        }
      }),
  };

  async function isOpen(workflowId: string): Promise<boolean> {
    const run = await orNull(() => workflow.getHandle(workflowId).describe());
    return run?.status.name === 'RUNNING';
  }

  async function rowOf(cluster: string, run: Omit<WorkflowExecutionInfo, 'raw'>): Promise<WatchRow> {
    return {
      job: run.workflowId.slice(watchWorkflowId(cluster, '').length),
      cluster,
      phase: run.typedSearchAttributes.get(keys.phase) ?? null,
      startedAtMs: run.startTime.getTime(),
      open: run.status.name === 'RUNNING',
      view: await viewOf(run.workflowId),
    };
  }

  /** Of an open watch and of one that has ended: a query replays what was. */
  async function viewOf(workflowId: string): Promise<PerfWatchView | null> {
    try {
      return await client.withDeadline(Date.now() + workerWaitMs, () =>
        workflow.getHandle(workflowId).query<PerfWatchView>('perfWatchView'),
      );
    } catch (error) {
      // https://grpc.io/docs/guides/status-codes/: cancelled, deadline exceeded, failed precondition (no poller lately).
      const code = grpcCause(error)?.code;
      if (code === 1 || code === 4 || code === 9) return null;
      throw error;
    }
  }
}

const keys = {
  cluster: defineSearchAttributeKey('Cluster', searchAttributes.Cluster),
  phase: defineSearchAttributeKey('Phase', searchAttributes.Phase),
};
