import { activityInfo, cancellationSignal } from '@temporalio/activity';
import type { RecallInput, RecallResult } from '../workflows/domain/phase-data.ts';
import { timeoutClasses } from '../workflows/domain/timeouts.ts';
import type { FindingKind } from '../kb/schemas/finding-kind.ts';
import type { KnowledgeRecord } from '../kb/schemas/record.ts';
import { searchWords } from '../kb/retrieval/bm25.ts';
import { fuseRanks } from '../kb/retrieval/fuse.ts';
import { recallQuery } from '../kb/retrieval/query.ts';
import { findingsSchema, recallSchema } from './evidence-shapes.ts';
import { getJson, putJson } from './json-evidence.ts';
import { rethrow } from './port-failure.ts';
import { PortError, type Embedder, type EvidenceStore, type RecordIndex } from './ports.ts';

// Deeper than what is shown, so that a record which both lists have in the middle can still win.
const neighboursMax = 20;
const topMax = 5;

/**
 * Incidents of the knowledge base that look like this one: nearest vectors and common words, fused by rank. When the
 * index stays away, words alone have to do, and the result says so.
 */
export function createRecallIncidents(ports: {
  readonly evidence: EvidenceStore;
  readonly embedder: Embedder;
  readonly index: RecordIndex;
  readonly records: readonly KnowledgeRecord[];
  readonly kinds: ReadonlyMap<string, FindingKind>;
}) {
  return async function recallIncidents(input: RecallInput): Promise<RecallResult> {
    try {
      const signal = cancellationSignal();
      const findings = await getJson(ports.evidence, input.findings, findingsSchema, signal);
      const query = recallQuery(findings, ports.kinds);
      const dense = await nearest(query);
      const fused = fuseRanks(dense.problemkeys, searchWords(ports.records, query, neighboursMax), topMax);
      const records = fused.flatMap((entry) => {
        const record = ports.records.find(({ problemkey }) => problemkey === entry.problemkey);
        return record === undefined ? [] : [{ ...entry, category: record.category }];
      });
      const modelId = dense.degraded === null ? ports.embedder.modelId : null;
      const stored = recallSchema.parse({ query, modelId, degraded: dense.degraded, records });
      return {
        recall: await putJson(ports.evidence, 'recall', input.key.cluster, stored, signal),
        top: records.map(({ problemkey, category, score }) => ({ problemkey, category, score })),
        degraded: dense.degraded,
      };
    } catch (error) {
      return rethrow(error);
    }
  };

  async function nearest(
    query: string,
  ): Promise<{ readonly problemkeys: readonly string[]; readonly degraded: string | null }> {
    if (query === '') return { problemkeys: [], degraded: null };
    try {
      const signal = cancellationSignal();
      await ports.index.ensure(ports.records, signal);
      const [embedding] = await ports.embedder.embed([query], signal);
      const neighbours = embedding === undefined ? [] : await ports.index.nearest(embedding, neighboursMax, signal);
      return { problemkeys: neighbours.map(({ problemkey }) => problemkey), degraded: null };
    } catch (error) {
      if (!(error instanceof PortError)) throw error;
      if (error.kind === 'unreachable' && !isLastAttempt()) throw error;
      return { problemkeys: [], degraded: `dense retrieval left out (${error.kind}); searched by words alone` };
    }
  }
}

function isLastAttempt(): boolean {
  return activityInfo().attempt >= timeoutClasses.optional.attemptsMax;
}
