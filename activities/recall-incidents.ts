import { activityInfo, cancellationSignal } from '@temporalio/activity';
import type { RecallInput, RecallResult } from '../workflows/domain/phase-data.ts';
import { timeoutClasses } from '../workflows/domain/timeouts.ts';
import { candidatesMax, candidatesOf, type DenseHit } from '../kb/retrieval/rank.ts';
import type { RecallFilter } from '../kb/retrieval/filter.ts';
import { queryOfFindings } from '../kb/retrieval/query.ts';
import type { FindingKind } from '../kb/schemas/finding-kind.ts';
import type { Inventory } from '../kb/schemas/inventory.ts';
import { findingsSchema } from './evidence-shapes.ts';
import { siteGeneration } from './site-generation.ts';
import { getJson, putJson } from './json-evidence.ts';
import { rethrow } from './port-failure.ts';
import { PortError, type EvidenceStore, type RecallIndex } from './ports.ts';
import { decideRecall, shownOf } from './recall-decide.ts';
import { queryEmbeddingSchema, recallDocumentSchema } from './recall-document.ts';
import type { OpenedLibrary } from './recall-library.ts';

/**
 * Incidents of the knowledge base that look like this one: nearest vectors and common words, fused by rank, ordered
 * anew by the signals that were seen. When the index stays away, words alone have to do, and the result says so.
 */
export function createRecallIncidents(ports: {
  readonly evidence: EvidenceStore;
  readonly index: RecallIndex;
  readonly library: (signal: AbortSignal) => Promise<OpenedLibrary>;
  readonly inventories: ReadonlyMap<string, Inventory>;
  readonly kinds: ReadonlyMap<string, FindingKind>;
}) {
  return async function recallIncidents(input: RecallInput): Promise<RecallResult> {
    try {
      const signal = cancellationSignal();
      const { evidence, kinds, inventories } = ports;
      const query = queryOfFindings(await getJson(evidence, input.findings, findingsSchema, signal), kinds);
      const generation = siteGeneration(inventories.get(input.key.cluster));
      const filter: RecallFilter = generation === null ? {} : { generation };
      const opened = await ports.library(signal);
      const { modelId, hits, degraded } = await nearest(input, opened, filter, signal);
      const words = opened.library.words(query.words, candidatesMax, filter);
      const candidates = candidatesOf(opened.library, { dense: hits, words, kinds: query.kinds }, filter);
      const library = { digest: opened.digest, entries: opened.recallables.length };
      const document = recallDocumentSchema.parse(
        decideRecall({ query, generation, library, modelId, degraded }, candidates.flatMap(described(opened))),
      );
      return {
        recall: await putJson(evidence, 'recall', input.key.cluster, document, signal),
        ...shownOf(document),
        degraded,
      };
    } catch (error) {
      return rethrow(error);
    }
  };

  interface Nearest {
    readonly modelId: string | null;
    readonly hits: readonly DenseHit[];
    readonly degraded: string | null;
  }

  async function nearest(
    { embedding: ref }: RecallInput,
    { recallables }: OpenedLibrary,
    filter: RecallFilter,
    signal: AbortSignal,
  ): Promise<Nearest> {
    if (ref === undefined || ref === null) return withoutVectors('the query has no embedding');
    try {
      const { modelId, vector } = await getJson(ports.evidence, ref, queryEmbeddingSchema, signal);
      if (vector.length === 0) return { modelId, hits: [], degraded: null };
      const { indexed, wanted, ...state } = await ports.index.state(recallables, signal);
      if (state.modelId !== modelId)
        return withoutVectors(`the query was embedded by ${modelId}, the index holds vectors of ${state.modelId}`);
      if (indexed === 0 && wanted > 0) {
        const empty = 'the index is empty: it is being built';
        if (!isLastAttempt()) throw new PortError('unreachable', empty);
        return withoutVectors(empty);
      }
      const hits = await ports.index.nearest(vector, { count: candidatesMax, filter, signal });
      const degraded =
        indexed < wanted ? `the index is being built: ${indexed} of ${wanted} records searched by likeness` : null;
      return { modelId, hits, degraded };
    } catch (error) {
      if (!(error instanceof PortError)) throw error;
      if (error.kind === 'unreachable' && !isLastAttempt()) throw error;
      return withoutVectors(error.kind === 'unreachable' ? error.kind : `${error.kind}: ${error.message}`);
    }
  }
}

function withoutVectors(why: string) {
  return { modelId: null, hits: [], degraded: `dense retrieval left out (${why}); searched by words alone` };
}

function described({ library }: OpenedLibrary) {
  return <T extends { readonly id: string }>(candidate: T) => {
    const entry = library.entries.get(candidate.id);
    if (entry === undefined) return [];
    const { kind, category, source } = entry;
    return [{ ...candidate, kind, category, source }];
  };
}

function isLastAttempt(): boolean {
  return activityInfo().attempt >= timeoutClasses.optional.attemptsMax;
}
