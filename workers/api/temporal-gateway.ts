import { WorkflowNotFoundError, type Client, type WorkflowExecutionDescription } from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import { clusterWorkflowId, taskQueues, workflowTypes } from '../../workflows/domain/ids.ts';
import { searchAttributes } from '../../workflows/domain/search-attributes.ts';
import type { IncidentGateway } from './incident-gateway.ts';
import { reachTemporal } from './temporal-reach.ts';

const clusterKey = defineSearchAttributeKey('Cluster', searchAttributes.Cluster);
const alertSeverityKey = defineSearchAttributeKey('AlertSeverity', searchAttributes.AlertSeverity);
const phaseKey = defineSearchAttributeKey('Phase', searchAttributes.Phase);

/** Intake on a Temporal client. The connection may be lazy: each call connects when it has to. */
export function temporalGateway(client: Client): IncidentGateway {
  const { workflow } = client;
  return {
    within: (waitMs, work) => client.withDeadline(Date.now() + waitMs, work),

    find: (workflowId) =>
      reachTemporal(async () => {
        try {
          const run = await workflow.getHandle(workflowId).describe();
          return {
            firstRunId: firstRunIdOf(run),
            latestRunId: run.runId,
            open: run.status.name === 'RUNNING' || run.status.name === 'PAUSED',
            alertStartsAtMs: numbersIn(run.memo?.['alertStartsAtMs']),
          };
        } catch (error) {
          if (error instanceof WorkflowNotFoundError) return null;
          throw error;
        }
      }),

    ensureCluster: (cluster) =>
      reachTemporal(async () => {
        await workflow.start(workflowTypes.cluster, {
          workflowId: clusterWorkflowId(cluster),
          taskQueue: taskQueues.incidents,
          args: [{ cluster }],
          workflowIdReusePolicy: 'ALLOW_DUPLICATE',
          workflowIdConflictPolicy: 'USE_EXISTING',
          staticSummary: `Cluster ${cluster}`,
        });
      }),

    signalWithStart: (start, observation) =>
      reachTemporal(async () => {
        const handle = await workflow.signalWithStart(workflowTypes.incident, {
          workflowId: start.workflowId,
          taskQueue: taskQueues.incidents,
          args: [start.input],
          signal: 'alertObserved',
          signalArgs: [observation],
          workflowIdReusePolicy: 'ALLOW_DUPLICATE',
          workflowIdConflictPolicy: 'USE_EXISTING',
          staticSummary: start.summary,
          memo: { alertStartsAtMs: start.alertStartsAtMs },
          typedSearchAttributes: [
            { key: clusterKey, value: start.input.cluster },
            { key: alertSeverityKey, value: start.severity },
            { key: phaseKey, value: 'intake' },
          ],
        });
        return handle.signaledRunId;
      }),

    signal: (workflowId, observation) =>
      reachTemporal(async () => {
        try {
          await workflow.getHandle(workflowId).signal('alertObserved', observation);
          return true;
        } catch (error) {
          if (error instanceof WorkflowNotFoundError) return false;
          throw error;
        }
      }),

    check: () => reachTemporal(async () => void (await client.workflowService.getSystemInfo({}))),
  };
}

function firstRunIdOf(run: WorkflowExecutionDescription): string {
  const first = run.raw.workflowExecutionInfo?.firstRunId;
  return first === undefined || first === null || first === '' ? run.runId : first;
}

function numbersIn(value: unknown): readonly number[] {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'number') : [];
}
