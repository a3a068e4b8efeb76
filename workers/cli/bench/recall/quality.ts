import type { Embedder } from '../../../../activities/ports.ts';
import {
  candidatesMax,
  candidatesOf,
  rankCandidates,
  signalLift,
  type DenseHit,
} from '../../../../kb/retrieval/rank.ts';
import { openLibrary } from '../../../../kb/retrieval/library.ts';
import type { Recallable } from '../../../../kb/retrieval/recallable.ts';
import { queryOfFindings, type RecallQuery } from '../../../../kb/retrieval/query.ts';
import type { Finding } from '../../../../workflows/domain/finding.ts';
import type { FindingKind } from '../../../../kb/schemas/finding-kind.ts';
import type { RecallCase } from './cases.ts';
import { measuresOf, type Measures } from './measures.ts';

export interface QualityRow {
  readonly embedder: string;
  /** With what was asked: what people say and what was found, or what was found alone. */
  readonly asked: Asked;
  readonly search: string;
  /** The record itself is found. */
  readonly record: Measures;
  /** With the record taken out: another of the same category is found. */
  readonly category: Measures;
  readonly cases: number;
}

export const askedWith = ['symptom + findings', 'findings'] as const;
export type Asked = (typeof askedWith)[number];

interface Search {
  readonly name: string;
  readonly dense: boolean;
  readonly words: boolean;
  readonly lift: number;
}

const searches: readonly Search[] = [
  { name: 'dense', dense: true, words: false, lift: 0 },
  { name: 'BM25', dense: false, words: true, lift: 0 },
  { name: 'fused', dense: true, words: true, lift: 0 },
  { name: 'fused + re-rank', dense: true, words: true, lift: signalLift },
];

/** How well each kind of search finds, with one embedder. `lifts`: other lifts of the re-ranking, to choose from. */
export async function measureQuality(options: {
  readonly entries: readonly Recallable[];
  readonly cases: readonly RecallCase[];
  readonly embedder: Embedder;
  readonly asked: Asked;
  readonly kinds: ReadonlyMap<string, FindingKind>;
  readonly lifts: readonly number[];
  readonly progress: (text: string) => void;
}): Promise<readonly QualityRow[]> {
  const { entries, embedder, asked: how, kinds, lifts, progress } = options;
  const cases = how === 'findings' ? options.cases.filter(({ own }) => own > 0) : options.cases;
  const library = openLibrary(entries);
  const queries = cases.map((one) => queryOf(one, how, kinds));
  const vectors = await embedAll(
    embedder,
    entries.map(({ text }) => text),
    progress,
  );
  const asked = await embedAll(
    embedder,
    queries.map(({ prose }) => prose),
    progress,
  );
  const found = cases.map((_case, at) => ({
    seen: queries[at]?.kinds ?? [],
    dense: nearest(entries, vectors, asked[at] ?? []),
    words: library.words(queries[at]?.words ?? '', deepMax, {}),
  }));
  const all = [
    ...searches,
    ...lifts.map((lift) => ({ name: `fused + re-rank ${lift}`, dense: true, words: true, lift })),
  ];
  return all.map(({ name, dense, words, lift }) => {
    const orders = found.map((lists, at) => {
      const candidates = candidatesOf(library, {
        dense: dense ? lists.dense.slice(0, candidatesMax) : [],
        words: words ? lists.words.slice(0, candidatesMax) : [],
        kinds: lists.seen,
      });
      return rankCandidates(candidates, { lift, denseWeight: queries[at]?.denseWeight ?? 1 }).map(({ id }) => id);
    });
    return {
      embedder: embedder.modelId,
      asked: how,
      search: name,
      record: measuresOf(orders.map((order, at) => placeOf(order, (id) => id === cases[at]?.record))),
      category: measuresOf(
        orders.map((order, at) =>
          placeOf(
            order.filter((id) => id !== cases[at]?.record && library.entries.get(id)?.kind === 'incident'),
            (id) => library.entries.get(id)?.category === cases[at]?.category,
          ),
        ),
      ),
      cases: cases.length,
    };
  });
}

const deepMax = candidatesMax;
const embedBatch = 32;

/**
 * What people say is prose, with the kinds and their summaries as words and no line of the record's; findings alone are
 * asked with as in an incident, by `queryOfFindings`, lines included: so RECORD says less there than CAUSE.
 */
function queryOf(
  { paraphrase, findings }: RecallCase,
  asked: Asked,
  kinds: ReadonlyMap<string, FindingKind>,
): RecallQuery {
  const seen = findings.map(({ kind }) => kind);
  const summaries = seen.map((id) => kinds.get(id)?.summary ?? id);
  if (asked === 'symptom + findings')
    return { prose: paraphrase, words: [paraphrase, ...seen, ...summaries].join('\n'), kinds: seen, denseWeight: 1 };
  return queryOfFindings(
    findings.map(({ kind, text }, at) => findingOf(kind, text, at, kinds)),
    kinds,
  );
}

function findingOf(kind: string, text: string, at: number, kinds: ReadonlyMap<string, FindingKind>): Finding {
  const range = { evidenceId: `bench-${at}`, source: 'bench', byteStart: 0, byteEnd: text.length };
  return { id: `f${at}`, kind, role: kinds.get(kind)?.role ?? 'symptom', count: 1, range, text };
}

async function embedAll(
  embedder: Embedder,
  texts: readonly string[],
  progress: (text: string) => void,
): Promise<readonly (readonly number[])[]> {
  const vectors: (readonly number[])[] = [];
  for (let from = 0; from < texts.length; from += embedBatch) {
    progress(`${embedder.modelId}: ${from} of ${texts.length} texts`);
    vectors.push(...(await embedder.embed(texts.slice(from, from + embedBatch))));
  }
  return vectors;
}

function nearest(
  entries: readonly Recallable[],
  vectors: readonly (readonly number[])[],
  query: readonly number[],
): readonly DenseHit[] {
  return entries
    .map(({ id }, at) => ({ id, score: cosine(vectors[at] ?? [], query) }))
    .toSorted((a, b) => b.score - a.score)
    .slice(0, deepMax);
}

/** Both of length 1. */
function cosine(a: readonly number[], b: readonly number[]): number {
  let sum = 0;
  for (let at = 0; at < a.length; at += 1) sum += (a[at] ?? 0) * (b[at] ?? 0);
  return sum;
}

function placeOf(order: readonly string[], right: (id: string) => boolean): number | null {
  const at = order.findIndex(right);
  return at < 0 ? null : at + 1;
}
