import { ParentClosePolicy, startChild, WorkflowIdReusePolicy } from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { archiving, sweeping } from './activity-proxies.ts';
import { archiveWorkflowId } from './domain/ids.ts';
import type { ArchiveInput, ArchiveResult } from './domain/closing-data.ts';

/** Seals one execution that has ended or is about to. */
export async function archive(input: ArchiveInput): Promise<ArchiveResult> {
  return archiving.archiveExecution(input);
}

export interface Unarchived {
  readonly executions: readonly ArchiveInput[];
  readonly looked: number;
  /** There may be more; the next sweep goes on. */
  readonly truncated: boolean;
}

export interface SweepResult {
  readonly started: number;
  readonly looked: number;
  readonly truncated: boolean;
}

/**
 * Makes up for incidents that could not start their own archive: terminated ones never reach their end. Runs by
 * schedule, well before the server forgets histories.
 */
export async function archiveSweep(): Promise<SweepResult> {
  const { executions, looked, truncated } = await sweeping.findUnarchived();
  let started = 0;
  for (const input of executions) if (await startArchive(input)) started += 1;
  return { started, looked, truncated };
}

async function startArchive(input: ArchiveInput): Promise<boolean> {
  try {
    await startChild(archive, {
      workflowId: archiveWorkflowId(input.runId),
      args: [input],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      // One that failed is tried again; one that goes on is left alone.
      workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
    });
    return true;
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return false;
    throw error;
  }
}
