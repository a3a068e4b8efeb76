import type { Client } from '@temporalio/client';
import { Worker, type ReplayHistoriesIterable } from '@temporalio/worker';
import { workflowTypes } from '../../../workflows/domain/ids.ts';
import { payloadConverterPath } from '../../temporal-client.ts';

/** Whether the open workflows can go on with the workflow code of this version. */
export interface ReplayCheck {
  readonly replayed: number;
  /** There were more than `openWorkflowsMax`; the oldest were left out. */
  readonly truncated: boolean;
  readonly differing: readonly Difference[];
}

export interface Difference {
  readonly workflowId: string;
  readonly runId: string;
  readonly reason: string;
}

/** A history of the longest kind, 2,000 events, replays in some 50 ms: a start is never held up for a minute. */
const openWorkflowsMax = 1_000;
const reasonCharsMax = 400;

/** Replays every open history of ours on `bundleFile`; nothing is changed on the server. */
export async function replayOpen(client: Client, bundleFile: string): Promise<ReplayCheck> {
  const differing: Difference[] = [];
  let replayed = 0;
  let truncated = false;
  const options = { workflowBundle: { codePath: bundleFile }, dataConverter: { payloadConverterPath } };
  for await (const { workflowId, runId, error } of Worker.runReplayHistories(options, histories())) {
    replayed += 1;
    if (error !== undefined) differing.push({ workflowId, runId, reason: reasonOf(error) });
  }
  return { replayed, truncated, differing };

  async function* histories(): ReplayHistoriesIterable {
    let listed = 0;
    for await (const { workflowId, runId } of client.workflow.list({ query: openOnes })) {
      if (listed === openWorkflowsMax) {
        truncated = true;
        return;
      }
      listed += 1;
      yield { workflowId, history: await client.workflow.getHandle(workflowId, runId).fetchHistory() };
    }
  }
}

const ourTypes = Object.values(workflowTypes).map((type) => `'${type}'`);
const openOnes = `ExecutionStatus = 'Running' AND WorkflowType IN (${ourTypes.join(', ')})`;

/**
 * What differs, without the engine's wrapping: "[TMPRL1100] Nondeterminism error: Activity machine does not handle
 * this event: …", or "Replay failed … message: \"Cannot read properties of undefined\", source: …".
 */
function reasonOf({ message }: Error): string {
  const thrown = /\bmessage: "((?:[^"\\]|\\.)*)"/.exec(message)?.[1];
  return (thrown ?? message)
    .replace(/^(\[TMPRL\d+\] )?(Nondeterminism error: )?/, '')
    .replace(/\s+/g, ' ')
    .slice(0, reasonCharsMax);
}
