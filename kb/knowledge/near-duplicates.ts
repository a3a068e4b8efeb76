import { words } from '../retrieval/words.ts';

export interface LikePair {
  readonly a: string;
  readonly b: string;
  /** Share of common word triples, 0 to 1 (Jaccard). */
  readonly likeness: number;
}

// Broder 1997, "On the resemblance and containment of documents": shingles of words. With three words, texts of
// 60 words that tell the same incident in changed order share a third and more; two incidents of one category, below 0.1.
const shingleWords = 3;
const likeMin = 0.3;

/** Texts that tell the same story in nearly the same words. */
export function nearDuplicates(texts: ReadonlyMap<string, string>): readonly LikePair[] {
  const shingles = [...texts].map(([id, text]) => ({ id, parts: shinglesOf(text) }));
  const holders = new Map<string, number[]>();
  const pairs: LikePair[] = [];
  shingles.forEach(({ parts }, index) => {
    const shared = new Map<number, number>();
    for (const part of parts) {
      const before = holders.get(part);
      if (before === undefined) holders.set(part, [index]);
      else {
        for (const other of before) shared.set(other, (shared.get(other) ?? 0) + 1);
        before.push(index);
      }
    }
    for (const [other, both] of shared) {
      const like = shingles[other];
      const own = shingles[index];
      if (like === undefined || own === undefined) continue;
      const likeness = both / (like.parts.size + own.parts.size - both);
      if (likeness >= likeMin) pairs.push({ a: like.id, b: own.id, likeness });
    }
  });
  return pairs.toSorted((x, y) => y.likeness - x.likeness);
}

function shinglesOf(text: string): ReadonlySet<string> {
  const all = words(text);
  return new Set(
    all
      .slice(0, Math.max(0, all.length - shingleWords + 1))
      .map((_word, at) => all.slice(at, at + shingleWords).join(' ')),
  );
}
