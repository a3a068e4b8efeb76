import { passes, type RecallFilter } from './filter.ts';
import type { Library } from './library.ts';

/** A hit of the vector search. */
export interface DenseHit {
  readonly id: string;
  /** Cosine likeness, 1 is identical. */
  readonly score: number;
}

/** Something that one of the lists has, with all that its place is decided from. */
export interface Candidate {
  readonly id: string;
  /** Its place in each list, counted from 1, with the score there; null where the list does not have it. */
  readonly dense: { readonly rank: number; readonly score: number } | null;
  readonly words: { readonly rank: number; readonly score: number } | null;
  /** Signal overlap, 0 to 1. */
  readonly signals: number;
  readonly trust: number;
}

export type Ranked<C extends Candidate> = C & {
  /** 0 to 1: 1 is first in both lists, with all its signals seen, and of full trust. */
  readonly score: number;
};
export type RankedHit = Ranked<Candidate>;

/** How deep the lists are that are fused: an entry that both have in the middle can still win. */
export const candidatesMax = 50;

// Cormack, Clarke & Büttcher 2009, "Reciprocal rank fusion outperforms Condorcet and individual rank learning methods"
// (SIGIR) use k = 60 for lists of 1,000. For lists of 50 that makes first and tenth nearly equal; 10 finds more
// (`wardround bench recall --half chosen-on`).
const rankConstant = 10;

/** By how much an entry whose signals were all seen is lifted (the same benchmark, the same half). */
export const signalLift = 0.6;

// A record that one person has accepted is trusted by two thirds; it has to stay before others that fit worse. One that
// was always wrong loses half (our judgement).
const trustShare = 0.5;

/** What the lists have and the library knows. The index may lag behind it: what is revoked is no candidate. */
export function candidatesOf(
  library: Library,
  found: {
    readonly dense: readonly DenseHit[];
    readonly words: readonly { readonly id: string; readonly score: number }[];
    /** Kinds of the incident's findings. */
    readonly kinds: readonly string[];
  },
  filter: RecallFilter = {},
): readonly Candidate[] {
  const dense = placed(found.dense);
  const words = placed(found.words);
  const seen = new Set(found.kinds);
  return [...new Set([...dense.keys(), ...words.keys()])].flatMap((id) => {
    const entry = library.entries.get(id);
    if (entry === undefined || !passes(entry, filter)) return [];
    const signals = library.overlap.of(entry, seen);
    return [{ id, dense: dense.get(id) ?? null, words: words.get(id) ?? null, signals, trust: entry.trust }];
  });
}

/**
 * Reciprocal rank fusion of both lists, ordered anew by the overlap of signals and by trust. `denseWeight`: what the
 * vector list counts beside the words, 1 for a query in somebody's own words.
 */
export function rankCandidates<C extends Candidate>(
  candidates: readonly C[],
  { lift = signalLift, denseWeight = 1 }: { readonly lift?: number; readonly denseWeight?: number } = {},
): readonly Ranked<C>[] {
  const fusedMax = (1 + denseWeight) / (rankConstant + 1);
  return candidates
    .map((candidate) => {
      const fused = (denseWeight * part(candidate.dense) + part(candidate.words)) / fusedMax;
      const lifted = (fused * (1 + lift * candidate.signals)) / (1 + lift);
      return { ...candidate, score: (1 - trustShare * (1 - candidate.trust)) * lifted };
    })
    .toSorted((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
}

function placed(
  hits: readonly { readonly id: string; readonly score: number }[],
): ReadonlyMap<string, { readonly rank: number; readonly score: number }> {
  return new Map(hits.slice(0, candidatesMax).map(({ id, score }, index) => [id, { rank: index + 1, score }]));
}

function part(place: { readonly rank: number } | null): number {
  return place === null ? 0 : 1 / (rankConstant + place.rank);
}
