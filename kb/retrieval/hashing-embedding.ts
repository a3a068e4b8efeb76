/** Recorded with every recall and part of the collection's name: vectors of two versions never mix. */
export const hashingModelId = 'hashing-384-v1';
export const hashingDimensions = 384;

// Longer texts add nothing that tells records apart.
const textCharsMax = 8_000;
// Codes and error strings share stems (`local_ack_timeout_err`, `ack timeout`): pieces of 3 to 5 characters meet there.
const gramLengths = [3, 4, 5] as const;
// A whole word tells more than any of its pieces.
const wordShare = 3;

/**
 * A plain embedding by feature hashing (Weinberger et al. 2009, arXiv:0902.2206): signed counts of words, word pairs
 * and character pieces, damped by the logarithm, of length 1. Deterministic; needs no model and no network.
 */
export function hashingEmbedding(text: string): readonly number[] {
  const vector = Array.from({ length: hashingDimensions }, () => 0);
  for (const [feature, count] of features(text)) {
    const hash = fnv1a(feature);
    const slot = hash % hashingDimensions;
    const sign = (hash >>> 31) & 1 ? -1 : 1;
    const share = feature.startsWith('w:') || feature.startsWith('p:') ? wordShare : 1;
    vector[slot] = (vector[slot] ?? 0) + sign * share * Math.log1p(count);
  }
  const length = Math.hypot(...vector);
  return length === 0 ? vector : vector.map((value) => value / length);
}

/** Words in the form in which they are compared: lower case, codes and dotted ids kept together. */
export function words(text: string): readonly string[] {
  return (
    text
      .slice(0, textCharsMax)
      .toLowerCase()
      .match(/[a-z0-9]+(?:[._-][a-z0-9]+)*/g) ?? []
  );
}

function features(text: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const add = (feature: string): void => void counts.set(feature, (counts.get(feature) ?? 0) + 1);
  const all = words(text);
  all.forEach((word, index) => {
    add(`w:${word}`);
    const next = all[index + 1];
    if (next !== undefined) add(`p:${word} ${next}`);
    const bounded = `<${word}>`;
    for (const length of gramLengths)
      for (let start = 0; start + length <= bounded.length; start += 1)
        add(`c:${bounded.slice(start, start + length)}`);
  });
  return counts;
}

/** FNV-1a, 32 bits, over UTF-16 code units. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  // One more mix: FNV's top bits, which give the sign, are poor for short texts.
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}
