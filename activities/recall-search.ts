import { candidatesMax, candidatesOf, rankCandidates, type DenseHit, type RankedHit } from '../kb/retrieval/rank.ts';
import type { RecallFilter } from '../kb/retrieval/filter.ts';
import type { RecallQuery } from '../kb/retrieval/query.ts';
import { PortError, type Embedder, type RecallIndex } from './ports.ts';
import type { OpenedLibrary } from './recall-library.ts';

/** What a search by likeness needs, or why there is none. */
export type Vectors =
  | { readonly kind: 'open'; readonly embedder: Embedder; readonly index: RecallIndex }
  | { readonly kind: 'absent'; readonly why: string };

export interface SearchOutcome {
  readonly hits: readonly RankedHit[];
  /** Milliseconds of each part. */
  readonly took: { readonly embedMs: number; readonly denseMs: number; readonly wordsMs: number };
  /** The embedder, or null when words alone were searched. */
  readonly modelId: string | null;
  /** What was not searched, and why; null when everything was. */
  readonly degraded: string | null;
}

/** One search outside of an incident: both lists side by side, then one order. */
export async function searchLibrary(
  { library, recallables }: OpenedLibrary,
  query: RecallQuery,
  options: {
    readonly vectors: Vectors;
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
  const { hits: dense, embedMs, denseMs, modelId, degraded } = await nearest();
  const candidates = candidatesOf(library, { dense, words, kinds: query.kinds }, filter);
  return {
    hits: rankCandidates(candidates, { denseWeight: query.denseWeight }).slice(0, count),
    took: { embedMs, denseMs, wordsMs },
    modelId,
    degraded,
  };

  async function nearest(): Promise<Dense> {
    if (vectors.kind === 'absent') return wordsAlone(vectors.why);
    const { embedder, index } = vectors;
    const fromMs = nowMs();
    try {
      const [vector = []] = await embedder.embed([query.prose], signal);
      const embeddedMs = nowMs();
      const { indexed, wanted } = await index.state(recallables, signal);
      if (indexed === 0 && wanted > 0)
        return wordsAlone(`the index has none of the ${wanted} entries; \`wardround kb index\` fills it`);
      const asked = { count: candidatesMax, filter, ...(signal === undefined ? {} : { signal }) };
      const hits = await index.nearest(vector, asked);
      return {
        hits,
        embedMs: embeddedMs - fromMs,
        denseMs: nowMs() - embeddedMs,
        modelId: embedder.modelId,
        degraded: indexed < wanted ? `the index is being built: ${indexed} of ${wanted} searched by likeness` : null,
      };
    } catch (error) {
      if (!(error instanceof PortError)) throw error;
      return wordsAlone(error.message);
    }
  }
}

interface Dense extends Pick<SearchOutcome, 'modelId' | 'degraded'> {
  readonly hits: readonly DenseHit[];
  readonly embedMs: number;
  readonly denseMs: number;
}

function wordsAlone(why: string): Dense {
  return { hits: [], embedMs: 0, denseMs: 0, modelId: null, degraded: `${why}; searched by words alone` };
}
