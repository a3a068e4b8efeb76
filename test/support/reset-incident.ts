import type { IncidentHandle, IncidentWorld } from './incident-world.ts';

/** The new run. Signals that came after the point are applied again, as the Web UI does by default. */
export async function resetIncident(
  world: IncidentWorld,
  handle: IncidentHandle,
  to: 'before the approval' | 'before the proposal',
): Promise<IncidentHandle> {
  const { events } = await handle.fetchHistory();
  // The one that counted is the second.
  let approvals = 0;
  const at = (events ?? []).findIndex((event) =>
    to === 'before the proposal'
      ? event.activityTaskScheduledEventAttributes?.activityType?.name === 'proposePlan'
      : event.workflowExecutionSignaledEventAttributes?.signalName === 'approveProposal' && ++approvals === 2,
  );
  const point = (events ?? []).slice(0, at).findLast((event) => event.workflowTaskCompletedEventAttributes);
  const { runId } = await handle.describe();
  const answer = await world.client.workflowService.resetWorkflowExecution({
    namespace: world.namespace,
    workflowExecution: { workflowId: handle.workflowId, runId },
    reason: 'a test',
    workflowTaskFinishEventId: point?.eventId ?? null,
    requestId: crypto.randomUUID(),
  });
  // A handle of the new run has the methods that the tests use.
  return world.client.workflow.getHandle(handle.workflowId, answer.runId) as unknown as IncidentHandle;
}
