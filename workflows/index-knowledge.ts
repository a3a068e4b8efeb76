import { proxyActivities } from '@temporalio/workflow';
import { taskQueues } from './domain/ids.ts';
import type { IndexKnowledgeResult } from './domain/phase-data.ts';
import { finalFailureTypes, timeoutClasses } from './domain/timeouts.ts';

/** Queue `reasoning`. */
export interface IndexActivities {
  indexKnowledge(): Promise<IndexKnowledgeResult>;
}

const { startToCloseMs, scheduleToCloseMs, heartbeatMs, attemptsMax, firstBackoffMs } = timeoutClasses.index;
const activities = proxyActivities<IndexActivities>({
  taskQueue: taskQueues.reasoning,
  startToCloseTimeout: startToCloseMs,
  scheduleToCloseTimeout: scheduleToCloseMs,
  heartbeatTimeout: heartbeatMs,
  retry: {
    initialInterval: firstBackoffMs,
    maximumAttempts: attemptsMax,
    nonRetryableErrorTypes: [...finalFailureTypes],
  },
});

/** Keeps the vector index in step with the records. Runs by schedule, and at once when an orchestrator starts. */
export async function indexKnowledge(): Promise<IndexKnowledgeResult> {
  return activities.indexKnowledge();
}
