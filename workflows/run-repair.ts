import {
  ActivityFailure,
  CancellationScope,
  ChildWorkflowCancellationType,
  ChildWorkflowFailure,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  ParentClosePolicy,
  patched,
  startChild,
  WorkflowIdReusePolicy,
  workflowInfo,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { adoption } from './activity-proxies.ts';
import type { AskCluster } from './ask-cluster.ts';
import { repairWorkflowId } from './domain/ids.ts';
import type { RepairReport } from './domain/repair-report.ts';
import { repair, type RepairInput } from './repair.ts';

/** Starts the repair, or adopts the one that a run before a reset started: nothing is done twice. */
export async function runRepair(input: RepairInput, askCluster: AskCluster): Promise<RepairReport> {
  const { number, summary, blastRadius } = input.proposal;
  const base = repairWorkflowId(workflowInfo().firstExecutionRunId, number);
  const workflowId = input.purpose === 'give-back' ? `${base}/give-back` : base;
  try {
    return await startOrAdopt(input, workflowId, summary);
  } catch (error) {
    const isGone = error instanceof ChildWorkflowFailure || error instanceof ActivityFailure;
    // Terminated or timed out: what it had begun is taken back by the cluster's own recovery.
    if (isGone && !isCancellation(error) && input.settings.humanActionMs !== undefined)
      await askCluster({ kind: 'vanished', repair: workflowId, nodes: blastRadius.nodes });
    throw error;
  }
}

async function startOrAdopt(input: RepairInput, workflowId: string, summary: string): Promise<RepairReport> {
  try {
    const child = await startChild(repair, {
      workflowId,
      args: [input],
      staticSummary: summary.replace(/\s+/g, ' ').slice(0, summaryCharsMax),
      parentClosePolicy: ParentClosePolicy.ABANDON,
      cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
      workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
    });
    return await child.result();
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return adopt(workflowId);
    throw error;
  }
}

/** The result of a repair that is another run's child: a cancel of this run is handed on, and what it did is heard. */
async function adopt(workflowId: string): Promise<RepairReport> {
  if (!patched('adopted-repair-is-cancelled')) return adoption.adoptRepair({ workflowId });
  const adopted = CancellationScope.nonCancellable(() => adoption.adoptRepair({ workflowId }));
  try {
    return await Promise.race([adopted, CancellationScope.current().cancelRequested]);
  } catch (error) {
    if (!isCancellation(error) || !CancellationScope.current().consideredCancelled) throw error;
    await CancellationScope.nonCancellable(() => getExternalWorkflowHandle(workflowId).cancel()).catch(
      (gone: unknown) => log.info('the repair has ended already', { workflowId, error: String(gone) }),
    );
    return adopted;
  }
}

/** Static summaries are one line of at most about 200 bytes. */
const summaryCharsMax = 180;
