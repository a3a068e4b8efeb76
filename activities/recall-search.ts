import { candidatesMax, candidatesOf, rankCandidates, type RankedHit } from '../kb/retrieval/rank.ts';
import type { RecallFilter } from '../kb/retrieval/filter.ts';
import type { RecallQuery } from '../kb/retrieval/query.ts';
import { PortError, type Embedder, type RecallIndex } from './ports.ts';
import type { OpenedLibrary } from './recall-library.ts';

export interface SearchOutcome {
  readonly hits: readonly RankedHit[];
  /** Milliseconds of each part. */
  readonly took: { readonly embedMs: number; readonly denseMs: number; readonly wordsMs: number };
  /** The embedder, or null when words alone were searched. */
  readonly modelId: string | null;
  readonly degraded: string | null;
}

/** One search outside of an incident: both lists side by side, then one order. */
export async function searchLibrary(
  { library }: OpenedLibrary,
  query: RecallQuery,
  options: {
    readonly vectors: { readonly embedder: Embedder; readonly index: RecallIndex } | null;
    readonly filter: RecallFilter;
    readonly count: number;
    readonly nowMs: () => number;
    readonly signal?: AbortSignal;
  },
): Promise<SearchOutcome> {
  const { vectors, filter, count, nowMs, signal } = options;
  const startedMs = nowMs();
  const words = library.words(query.words, candidatesMax, filter);
  const wordsMs = nowMs() - startedMs;
  const { hits: dense, ...rest } = await nearest();
  const candidates = candidatesOf(library, { dense, words, kinds: query.kinds }, filter);
  return {
    hits: rankCandidates(candidates).slice(0, count),
    took: { embedMs: rest.embedMs, denseMs: rest.denseMs, wordsMs },
    modelId: rest.degraded === null ? (vectors?.embedder.modelId ?? null) : null,
    degraded: rest.degraded,
  };

  async function nearest() {
    const without = (degraded: string) => ({ hits: [], embedMs: 0, denseMs: 0, degraded });
    if (vectors === null) return without('no Chroma server is configured; searched by words alone');
    const fromMs = nowMs();
    try {
      const [vector = []] = await vectors.embedder.embed([query.prose], signal);
      const embeddedMs = nowMs();
      const asked = { count: candidatesMax, filter, ...(signal === undefined ? {} : { signal }) };
      const hits = await vectors.index.nearest(vector, asked);
      return { hits, embedMs: embeddedMs - fromMs, denseMs: nowMs() - embeddedMs, degraded: null };
    } catch (error) {
      if (!(error instanceof PortError)) throw error;
      return without(`${error.message}; searched by words alone`);
    }
  }
}
