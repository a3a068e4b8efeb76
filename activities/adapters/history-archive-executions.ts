import { WorkflowNotFoundError, type Client, type WorkflowExecutionInfo } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import type { Execution, ExecutionReader } from '../audit/executions.ts';
import { PortError } from '../ports.ts';

/** Executions as a Temporal server knows them. */
export function createExecutionReader(client: Client): ExecutionReader {
  const { workflow } = client;
  return {
    async describe(workflowId, runId, signal) {
      const handle = workflow.getHandle(workflowId, runId ?? undefined, { followRuns: false });
      try {
        return executionOf(await asked(signal, () => handle.describe()));
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return null;
        throw serverError(`looking for ${workflowId}`, error);
      }
    },

    async history(workflowId, runId, signal) {
      try {
        const handle = workflow.getHandle(workflowId, runId, { followRuns: false });
        const history = await asked(signal, () => handle.fetchHistory());
        // The SDK's own way to a file that can be replayed: JSON.stringify of the object cannot be.
        return JSON.parse(historyToJSON(history)) as unknown;
      } catch (error) {
        throw serverError(`reading the history of ${workflowId}`, error);
      }
    },
  };

  function asked<T>(signal: AbortSignal | undefined, call: () => Promise<T>): Promise<T> {
    return signal === undefined ? call() : client.withAbortSignal(signal, call);
  }
}

/** Closed incidents that ended before `beforeMs`, wall time, oldest first as far as the server orders them. */
export async function closedIncidents(
  client: Client,
  beforeMs: number,
  countMax: number,
  take: (run: { readonly workflowId: string; readonly runId: string }) => Promise<boolean>,
): Promise<{ readonly looked: number; readonly truncated: boolean }> {
  const before = new Date(beforeMs).toISOString();
  const query = `WorkflowType = 'incident' AND ExecutionStatus != 'Running' AND CloseTime < '${before}'`;
  let looked = 0;
  try {
    for await (const { workflowId, runId } of client.workflow.list({ query })) {
      if (looked === countMax) return { looked, truncated: true };
      looked += 1;
      if (!(await take({ workflowId, runId }))) return { looked, truncated: true };
    }
  } catch (error) {
    if (error instanceof PortError) throw error;
    throw serverError('listing closed incidents', error);
  }
  return { looked, truncated: false };
}

function executionOf(run: Pick<WorkflowExecutionInfo, 'type' | 'workflowId' | 'runId' | 'status'>): Execution {
  return {
    workflowType: run.type,
    workflowId: run.workflowId,
    runId: run.runId,
    closed: run.status.name !== 'RUNNING' && run.status.name !== 'PAUSED',
  };
}

// https://grpc.io/docs/guides/status-codes/
const deniedCodes: readonly unknown[] = [7, 16];
const notFoundCode = 5;

function serverError(doing: string, error: unknown): PortError {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
  const kind =
    error instanceof WorkflowNotFoundError || code === notFoundCode
      ? 'not-found'
      : deniedCodes.includes(code)
        ? 'denied'
        : 'unreachable';
  return new PortError(kind, `${doing}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
}
