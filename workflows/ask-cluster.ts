import { condition, getExternalWorkflowHandle, log, setHandler, workflowInfo } from '@temporalio/workflow';
import { budgets } from './domain/budgets.ts';
import type { Answer, Question, Reply } from './domain/cluster-rules.ts';
import { clusterWorkflowId } from './domain/ids.ts';
import { ask, clusterReply } from './messages.ts';

export type AskCluster = (question: Question) => Promise<Answer | 'unanswered'>;

/**
 * Asks the cluster entity by signal and waits for its answer by signal. The same request is sent again within
 * the bound; the entity answers it the same way each time.
 */
export function connectCluster(cluster: string, askMs: number): AskCluster {
  const replies = new Map<string, Reply>();
  let count = 0;
  setHandler(
    clusterReply,
    (reply) => {
      if (typeof reply === 'object' && typeof reply.requestId === 'string') replies.set(reply.requestId, reply);
    },
    { description: 'Answer of the cluster entity; sent by the entity only' },
  );
  return async (question) => {
    const { workflowId, runId, firstExecutionRunId } = workflowInfo();
    count += 1;
    const requestId = `${workflowId}/${firstExecutionRunId}/${count}`;
    for (let attempt = 1; attempt <= budgets.askTriesMax; attempt += 1) {
      try {
        const entity = getExternalWorkflowHandle(clusterWorkflowId(cluster));
        await entity.signal(ask, { requestId, from: { workflowId, runId }, question });
      } catch (error) {
        log.warn('the cluster entity could not be asked', { requestId, attempt, error: String(error) });
      }
      const arrived = await condition(() => replies.has(requestId), Math.ceil(askMs / budgets.askTriesMax), {
        summary: `answer of ${clusterWorkflowId(cluster)} to ${question.kind}`,
      });
      const reply = replies.get(requestId);
      if (arrived && reply !== undefined) return reply.answer;
    }
    return 'unanswered';
  };
}
