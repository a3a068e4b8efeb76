import { records } from '../../../kb/records/index.ts';
import { searchWords } from '../../../kb/retrieval/bm25.ts';
import { fuseRanks } from '../../../kb/retrieval/fuse.ts';
import { recallQuery } from '../../../kb/retrieval/query.ts';
import type { RecallInput, RecallResult } from '../../../workflows/domain/phase-data.ts';
import { findingsSchema, recallSchema } from '../../evidence-shapes.ts';
import { getJson, putJson } from '../../json-evidence.ts';
import type { RecordedWorld } from './world.ts';

// As in recall-incidents.ts.
const neighboursMax = 20;
const topMax = 5;

/**
 * Query, word search and fusion again. The nearest vectors are an answer of the index and are taken as recorded: of
 * the list that it gave, the ranks of those that reached the result are known.
 */
export async function deriveRecall(
  world: RecordedWorld,
  input: RecallInput,
  recorded: RecallResult,
): Promise<RecallResult> {
  const findings = await getJson(world.evidence, input.findings, findingsSchema);
  const stored = await getJson(world.evidence, recorded.recall, recallSchema);
  const query = recallQuery(findings, world.knowledge.kinds);
  const byWords = searchWords(records, query, neighboursMax);
  const known = new Map<number, string>();
  for (const { denseRank, problemkey } of stored.records) if (denseRank !== null) known.set(denseRank, problemkey);
  const dense = stored.modelId === null || query === '' ? [] : denseList(known, byWords);
  const fused = fuseRanks(dense, byWords, topMax + dense.length).filter(
    ({ problemkey }) => !problemkey.startsWith(unknownMark),
  );
  const listed = fused.slice(0, topMax).flatMap((entry) => {
    const record = records.find(({ problemkey }) => problemkey === entry.problemkey);
    return record === undefined ? [] : [{ ...entry, category: record.category }];
  });
  const doc = recallSchema.parse({ query, modelId: stored.modelId, degraded: stored.degraded, records: listed });
  return {
    recall: await putJson(world.evidence, 'recall', input.key.cluster, doc),
    top: listed.map(({ problemkey, category, score }) => ({ problemkey, category, score })),
    degraded: stored.degraded,
  };
}

const unknownMark = '?';

/** The known ranks in their places, and in between names that no record has. */
function denseList(known: ReadonlyMap<number, string>, byWords: readonly string[]): readonly string[] {
  const length = Math.min(neighboursMax, Math.max(records.length, byWords.length));
  return Array.from({ length }, (_unused, index) => known.get(index + 1) ?? `${unknownMark}${index + 1}`);
}
