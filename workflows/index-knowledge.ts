import { indexing } from './activity-proxies.ts';
import type { IndexKnowledgeResult } from './domain/phase-data.ts';

/** Keeps the vector index in step with the records. Runs by schedule, and at once when an orchestrator starts. */
export async function indexKnowledge(): Promise<IndexKnowledgeResult> {
  return indexing.indexKnowledge();
}
