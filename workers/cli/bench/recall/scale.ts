import { createChromaIndex } from '../../../../activities/adapters/chroma-index.ts';
import type { Embedder } from '../../../../activities/ports.ts';
import { recallLibrary } from '../../../../activities/recall-library.ts';
import { searchLibrary } from '../../../../activities/recall-search.ts';
import { queryOfText } from '../../../../kb/retrieval/query.ts';
import type { Recallable } from '../../../../kb/retrieval/recallable.ts';
import { seededRandom } from '../random.ts';
import type { RecallCase } from './cases.ts';

export interface ScaleRow {
  readonly entries: number;
  /** Into Chroma, embedding left out: the vectors are there already. */
  readonly indexedPerSecond: number;
  /** The word index, in this process. */
  readonly wordIndexMs: number;
  /** One search by likeness, words and signals, the query's embedding included; median and 95th percentile. */
  readonly queryMs: { readonly p50: number; readonly p95: number };
  readonly parts: { readonly embedMs: number; readonly denseMs: number; readonly wordsMs: number };
}

const queriesMax = 60;

/** Indexing and search speed with many entries, made from the real ones by drawing their words anew. */
export async function measureScale(options: {
  readonly chromaUrl: string;
  readonly embedder: Embedder;
  readonly entries: readonly Recallable[];
  readonly cases: readonly RecallCase[];
  readonly size: number;
  readonly seed: number;
  readonly progress: (text: string) => void;
  readonly stop: AbortSignal;
}): Promise<ScaleRow> {
  const { chromaUrl, embedder, entries, cases, size, seed, progress, stop } = options;
  const random = seededRandom(seed);
  const many = Array.from({ length: size }, (_unused, at) => drawn(entries, at, random));
  // Real queries, but stored vectors of another making: only their number and length matter for speed.
  const stored: Embedder = {
    modelId: `${embedder.modelId}-scale-${size}`,
    dimensions: embedder.dimensions,
    embed: async (texts) => texts.map(() => unitVector(embedder.dimensions, random)),
  };
  const index = createChromaIndex({ url: chromaUrl, embedder: stored, base: 'scale' });
  let fromMs = performance.now();
  await index.sync(many, {
    signal: stop,
    progress: (done, of) => progress(`${size} entries: ${done} of ${of} written to Chroma`),
  });
  const indexedPerSecond = (size * 1_000) / (performance.now() - fromMs);
  progress(`${size} entries: word index`);
  fromMs = performance.now();
  const opened = await recallLibrary(async () => many)();
  const wordIndexMs = performance.now() - fromMs;
  const took: {
    readonly whole: number;
    readonly embedMs: number;
    readonly denseMs: number;
    readonly wordsMs: number;
  }[] = [];
  for (const [at, { paraphrase, findings }] of cases.slice(0, queriesMax).entries()) {
    stop.throwIfAborted();
    progress(`${size} entries: query ${at + 1}`);
    const startedMs = performance.now();
    const found = await searchLibrary(opened, queryOfText(paraphrase, [...new Set(findings.map(({ kind }) => kind))]), {
      vectors: { kind: 'open', embedder, index },
      filter: {},
      count: 5,
      nowMs: () => performance.now(),
    });
    // The first ones warm the caches of all parts.
    if (at >= warmUp) took.push({ whole: performance.now() - startedMs, ...found.took });
  }
  const middle = (pick: (row: (typeof took)[number]) => number): number => quantile(took.map(pick), 0.5);
  return {
    entries: size,
    indexedPerSecond,
    wordIndexMs,
    queryMs: {
      p50: middle(({ whole }) => whole),
      p95: quantile(
        took.map(({ whole }) => whole),
        0.95,
      ),
    },
    parts: {
      embedMs: middle(({ embedMs }) => embedMs),
      denseMs: middle(({ denseMs }) => denseMs),
      wordsMs: middle(({ wordsMs }) => wordsMs),
    },
  };
}

const warmUp = 10;

/** The real ones first, then texts of the same length whose words come from two others each. */
function drawn(entries: readonly Recallable[], at: number, random: () => number): Recallable {
  const pick = (): Recallable | undefined => entries[Math.floor(random() * entries.length)];
  const own = entries[at];
  const base = own ?? pick();
  if (base === undefined) throw new Error('there are no records to draw from');
  if (own !== undefined) return own;
  const others = `${base.text} ${pick()?.text ?? ''}`.split(/\s+/);
  const length = Math.floor(others.length / 2);
  const text = Array.from({ length }, () => others[Math.floor(random() * others.length)] ?? '').join(' ');
  return { ...base, id: `${base.id}-${at}`, text };
}

function unitVector(dimensions: number, random: () => number): readonly number[] {
  const vector = Array.from({ length: dimensions }, () => random() - 0.5);
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
