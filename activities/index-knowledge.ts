import { cancellationSignal, heartbeat } from '@temporalio/activity';
import type { IndexKnowledgeResult } from '../workflows/domain/phase-data.ts';
import { rethrow } from './port-failure.ts';
import type { RecallIndex } from './ports.ts';
import type { OpenedLibrary } from './recall-library.ts';

/** Brings the vector index in step with the library. What is there already is never embedded again. */
export function createIndexKnowledge(ports: {
  readonly index: RecallIndex;
  readonly library: (signal: AbortSignal) => Promise<OpenedLibrary>;
}) {
  return async function indexKnowledge(): Promise<IndexKnowledgeResult> {
    try {
      const signal = cancellationSignal();
      const { recallables, digest } = await ports.library(signal);
      const progress = (done: number, of: number): void => heartbeat({ done, of });
      return { ...(await ports.index.sync(recallables, { signal, progress })), digest };
    } catch (error) {
      return rethrow(error);
    }
  };
}
