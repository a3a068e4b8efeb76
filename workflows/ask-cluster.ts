import { condition, getExternalWorkflowHandle, log, setHandler, workflowInfo } from '@temporalio/workflow';
import { budgets } from './domain/budgets.ts';
import { readReply } from './domain/cluster-messages.ts';
import type { Answer, Question } from './domain/cluster-rules.ts';
import { clusterWorkflowId } from './domain/ids.ts';
import { ask, clusterReply } from './messages.ts';

export type AskCluster = (question: Question) => Promise<Answer | 'unanswered'>;

/**
 * Asks the cluster entity by signal and waits for its answer by signal. The same request is sent again within
 * the bound; the entity answers it the same way each time. An answer that nobody waits for is dropped.
 */
export function connectCluster(cluster: string, askMs: number): AskCluster {
  let awaited: Awaited | null = null;
  let count = 0;
  setHandler(
    clusterReply,
    (payload) => {
      const reply = readReply(payload);
      if (reply !== null && reply.requestId === awaited?.requestId) awaited.answer ??= reply.answer;
    },
    { description: 'Answer of the cluster entity; sent by the entity only' },
  );
  return async (question) => {
    const { workflowId, runId, firstExecutionRunId } = workflowInfo();
    count += 1;
    const requestId = `${workflowId}/${firstExecutionRunId}/${count}`;
    const mine: Awaited = { requestId, answer: null };
    awaited = mine;
    for (let attempt = 1; attempt <= budgets.askTriesMax; attempt += 1) {
      try {
        const entity = getExternalWorkflowHandle(clusterWorkflowId(cluster));
        await entity.signal(ask, { requestId, from: { workflowId, runId }, question });
      } catch (error) {
        log.warn('the cluster entity could not be asked', { requestId, attempt, error: String(error) });
      }
      await condition(() => mine.answer !== null, Math.ceil(askMs / budgets.askTriesMax), {
        summary: `answer of ${clusterWorkflowId(cluster)} to ${question.kind}`,
      });
      if (mine.answer !== null) return mine.answer;
    }
    return 'unanswered';
  };
}

interface Awaited {
  readonly requestId: string;
  answer: Answer | null;
}
