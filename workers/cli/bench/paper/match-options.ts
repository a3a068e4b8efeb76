import { openLibrary } from '../../../../kb/retrieval/library.ts';
import type { WordEvidence } from '../../../../kb/retrieval/cause-words.ts';
import type { Recallable } from '../../../../kb/retrieval/recallable.ts';

/** How much a sentence speaks of each category, by the words that describe it; sums to 1, empty where none is shared. */
export type CategoryShares = ReadonlyMap<string, number>;

/** Descriptions that are compared; others hardly share a word with the sentence. */
const descriptionsMax = 8;
// BM25 scores of short texts lie close together: cubed, the best of them counts most (chosen on the named questions).
const sharpness = 3;

/** Matches sentences against words that describe the categories; several descriptions of one count together. */
export function openOptionMatch(
  descriptions: readonly { readonly category: string; readonly text: string }[],
): (sentence: string) => CategoryShares {
  const byCategory = Map.groupBy(descriptions, ({ category }) => category);
  const library = openLibrary(
    [...byCategory].map(([category, of]) =>
      entryOf(
        category,
        of.map(({ text }) => text),
      ),
    ),
  );
  return (sentence) => {
    const hits = library.words(sentence, descriptionsMax, {});
    const scored = hits.map(({ id, score }) => [id, score ** sharpness] as const);
    const sum = scored.reduce((total, [, score]) => total + score, 0);
    return new Map(scored.map(([id, score]) => [id, score / sum]));
  };
}

// What a description without a shared word still leaves to a cause.
const shareMin = 0.02;

/** The same, weighed by what the words of known incidents say of the causes; sums to 1. */
export function withWords(shares: CategoryShares, words: readonly WordEvidence[]): CategoryShares {
  if (words.length === 0) return shares;
  const odds = words.map(({ category, weight }) => {
    const described = shares.get(category) ?? 0;
    return [category, (described + shareMin) * Math.exp(weight)] as const;
  });
  const sum = odds.reduce((total, [, odd]) => total + odd, 0);
  return new Map(odds.map(([category, odd]) => [category, odd / sum]));
}

function entryOf(category: string, texts: readonly string[]): Recallable {
  return {
    id: category,
    kind: 'fact',
    category,
    text: texts.join('\n'),
    signalText: category.replaceAll('-', ' '),
    signals: [],
    generations: [],
    components: [],
    trust: 1,
    source: category,
  };
}
