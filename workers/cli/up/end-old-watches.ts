import type { Client } from '@temporalio/client';
import { watchWorkflowId } from '../../../workflows/domain/ids.ts';
import type { Difference } from './replay-open.ts';

/** Open workflows that this version's code can not go on with, by what is to be done about them. */
export interface Differing {
  /** A watch never ends by itself, and learns again within minutes what it knew: it is ended and started anew. */
  readonly watches: readonly Difference[];
  /** Only the version that began them can bring them to their end. */
  readonly others: readonly Difference[];
}

export function byKind(differing: readonly Difference[], cluster: string): Differing {
  const isWatch = ({ workflowId }: Difference): boolean => workflowId.startsWith(watchWorkflowId(cluster, ''));
  return {
    watches: differing.filter(isWatch),
    others: differing.filter((difference) => !isWatch(difference)),
  };
}

/** Exactly these runs: a watch that was started meanwhile stays. */
export async function endOldWatches(client: Client, watches: readonly Difference[]): Promise<void> {
  for (const { workflowId, runId } of watches)
    await client.workflow
      .getHandle(workflowId, runId)
      .terminate('made by another version of the workflow code; a watch of this version follows');
}
