import { queryOfFindings } from '../../../kb/retrieval/query.ts';
import type {
  EmbedQueryInput,
  EmbedQueryResult,
  RecallInput,
  RecallResult,
} from '../../../workflows/domain/phase-data.ts';
import { findingsSchema } from '../../evidence-shapes.ts';
import { getJson, putJson } from '../../json-evidence.ts';
import { decideRecall, shownOf } from '../../recall-decide.ts';
import { queryEmbeddingSchema, recallDocumentSchema } from '../../recall-document.ts';
import type { RecordedWorld } from './world.ts';

/**
 * Query, fusion and order again. What the index and the word search found is an answer of the library at that time,
 * which its digest names, and is taken as recorded.
 */
export async function deriveRecall(
  world: RecordedWorld,
  input: RecallInput,
  recorded: RecallResult,
): Promise<RecallResult> {
  const findings = await getJson(world.evidence, input.findings, findingsSchema);
  const stored = await getJson(world.evidence, recorded.recall, recallDocumentSchema);
  const { generation, library, modelId, degraded, candidates } = stored;
  const query = queryOfFindings(findings, world.knowledge.kinds);
  const document = recallDocumentSchema.parse(
    decideRecall(
      { query, generation, library, modelId, degraded },
      candidates.map(({ score: _score, ...candidate }) => candidate),
    ),
  );
  return {
    recall: await putJson(world.evidence, 'recall', input.key.cluster, document),
    ...shownOf(document),
    degraded,
  };
}

/** The text that was embedded; what the model made of it is taken as recorded. */
export async function deriveEmbedding(
  world: RecordedWorld,
  input: EmbedQueryInput,
  recorded: EmbedQueryResult,
): Promise<EmbedQueryResult> {
  const findings = await getJson(world.evidence, input.findings, findingsSchema);
  const stored = await getJson(world.evidence, recorded.embedding, queryEmbeddingSchema);
  const { prose } = queryOfFindings(findings, world.knowledge.kinds);
  const embedding = await putJson(world.evidence, 'embedding', input.key.cluster, { ...stored, prose });
  return { embedding, modelId: stored.modelId };
}
