import { setTimeout as pause } from 'node:timers/promises';
import { createExecutionReader } from '../../../activities/adapters/history-archive-executions.ts';
import { readExecutions, type ReadExecution } from '../../../activities/audit/executions.ts';
import type { ActiveFaultView } from '../../../infra/cluster/control-client.ts';
import { decisionTemplate } from '../../../workflows/domain/current-details.ts';
import { archiveWorkflowId, workflowTypes } from '../../../workflows/domain/ids.ts';
import type { IncidentView } from '../../../workflows/domain/incident-view.ts';
import type { BenchStack } from './bench-stack.ts';
import { patiently } from './patiently.ts';

/** One fault from its injection to its archive, as a cluster, an alert and an operator drive it. */
export interface BenchIncident {
  readonly fault: ActiveFaultView;
  readonly injectedAtMs: number;
  readonly view: IncidentView;
  /** The incident first, then its repairs and what cleared up after them. */
  readonly executions: readonly ReadExecution[];
}

export const benchFault = 'gpu-clock-lock';
/** Full speed within the healthy spread of a run. */
export const healthySpeed = 0.9;

const pollMs = 250;
const healthyMsMax = 180_000;
const alertMsMax = 240_000;
const incidentMsMax = 20 * 60_000;
// The archive waits for the incident's end; a killed worker is missed after the heartbeat of 30 s, several times over.
const archiveMsMax = 5 * 60_000;
const serverMsMax = 120_000;

export async function runBenchIncident(
  stack: BenchStack,
  place: { readonly node: string; readonly gpu: number },
  onPhase: (phase: string) => void = () => {},
): Promise<BenchIncident> {
  onPhase('waiting for a healthy cluster');
  await untilHealthy(stack, healthyMsMax);
  const injectedAtMs = Date.now();
  const fault = await patiently('injecting the fault', serverMsMax, () => stack.control.inject(benchFault, place));
  onPhase('waiting for the alert');
  const { workflowId, runId } = await runStartedAfter(stack, injectedAtMs);
  const view = await toTheEnd(stack, workflowId, runId, onPhase);
  onPhase('archiving');
  await patiently('the archive', archiveMsMax, (deadlineMs) =>
    stack.client.withDeadline(deadlineMs, () => stack.client.workflow.getHandle(archiveWorkflowId(runId)).result()),
  );
  const key = { cluster: stack.cluster, workflowId, runId };
  const executions = await patiently('reading the histories', serverMsMax, () =>
    readExecutions(createExecutionReader(stack.client), key, (execution) => Promise.resolve(execution)),
  );
  return { fault, injectedAtMs, view, executions };
}

/** Throws when faults are left or the job does not reach its speed in time. */
export async function untilHealthy({ control }: BenchStack, msMax: number): Promise<void> {
  await patiently('a healthy cluster', msMax, async () => {
    const { job, faults } = await control.status();
    if (faults.length > 0) throw new Error(`${faults.map(({ id, node }) => `${id} on ${node}`).join(', ')} is active`);
    if ((job.relativeSpeed ?? 0) < healthySpeed)
      throw new Error(`the job runs at ${job.relativeSpeed ?? 0} of its speed`);
  });
}

interface Run {
  readonly workflowId: string;
  readonly runId: string;
}

/** The fault's own incident: the first that starts after it; visibility lags behind a little. */
function runStartedAfter({ client, cluster }: BenchStack, afterMs: number): Promise<Run> {
  const query = `WorkflowType = '${workflowTypes.incident}' AND Cluster = '${cluster}' AND StartTime > '${new Date(afterMs).toISOString()}'`;
  return patiently('an incident', alertMsMax, (deadlineMs) =>
    client.withDeadline(deadlineMs, async () => {
      for await (const { workflowId, runId } of client.workflow.list({ query })) return { workflowId, runId };
      throw new Error('no alert started an incident');
    }),
  );
}

/** Approves the proposal by the signal that a person would send; the same decision as often as it takes to be heard. */
async function toTheEnd(
  { client }: BenchStack,
  workflowId: string,
  runId: string,
  onPhase: (phase: string) => void,
): Promise<IncidentView> {
  const handle = client.workflow.getHandle(workflowId, runId, { followRuns: false });
  const untilMs = Date.now() + incidentMsMax;
  while (Date.now() < untilMs) {
    const { status } = await patiently('the incident', serverMsMax, (deadlineMs) =>
      client.withDeadline(deadlineMs, () => handle.describe()),
    );
    if (status.name !== 'RUNNING')
      return patiently(
        'the result',
        serverMsMax,
        (deadlineMs) => client.withDeadline(deadlineMs, async () => (await handle.result()) as IncidentView), // the workflow's own type
      );
    try {
      await client.withDeadline(Date.now() + serverMsMax, async () => {
        const view = await handle.query<IncidentView>('incidentView');
        onPhase(view.phase);
        const { proposal, status: approval } = view.approval;
        if (proposal === null || approval.kind !== 'waiting') return;
        const decision = {
          ...(JSON.parse(decisionTemplate(proposal, 'approve')) as object), // our own template
          approver: 'benchmark',
        };
        await handle.signal('approveProposal', decision);
      });
    } catch {
      // No worker or no server just now: they are being killed.
    }
    await pause(pollMs);
  }
  throw new Error(`${workflowId} did not end within ${incidentMsMax / 60_000} min`);
}
