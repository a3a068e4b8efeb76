import { fnv1a } from '../fnv1a.ts';
import { stems } from './words.ts';

/** Recorded with every recall and part of the collection's name: vectors of two versions never mix. */
export const hashingModelId = 'hashing-1024-v2';
export const hashingDimensions = 1_024;

// Codes and error strings share parts (`local_ack_timeout_err`, `ack timeout`): pieces of words meet there.
const gramLength = 4;
// A whole word tells more than all of its pieces (chosen by `wardround bench recall --half chosen-on`).
const gramShare = 0.2;

/**
 * A plain embedding by feature hashing (Weinberger et al. 2009, arXiv:0902.2206): signed counts of word stems and
 * pieces of words, damped by the logarithm, of length 1. Deterministic; needs no model and no network.
 */
export function hashingEmbedding(text: string): readonly number[] {
  const vector = Array.from({ length: hashingDimensions }, () => 0);
  for (const [feature, count] of features(text)) {
    const hash = mixed(fnv1a(feature));
    const slot = hash % hashingDimensions;
    const sign = hash >>> 31 ? -1 : 1;
    vector[slot] = (vector[slot] ?? 0) + sign * Math.log1p(count);
  }
  const length = Math.hypot(...vector);
  return length === 0 ? vector : vector.map((value) => value / length);
}

function features(text: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const add = (feature: string, share: number): void => void counts.set(feature, (counts.get(feature) ?? 0) + share);
  for (const word of stems(text)) {
    add(`w:${word}`, 1);
    const bounded = `<${word}>`;
    for (let start = 0; start + gramLength <= bounded.length; start += 1)
      add(`c:${bounded.slice(start, start + gramLength)}`, gramShare);
  }
  return counts;
}

/** One more mix: FNV's top bits, which give the sign, are poor for short texts. */
function mixed(hash: number): number {
  const once = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
  return (once ^ (once >>> 13)) >>> 0;
}
