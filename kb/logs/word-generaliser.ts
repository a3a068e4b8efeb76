import { emptyShape, starShape } from './shapes.ts';

/**
 * Learns which places of a line vary though they hold no digits: names of users, queues, hosts. A place becomes `*` only
 * after `valuesMin` different words were seen there with all others equal. Two or three words at one place ("lost",
 * "restored") mean different things, and lines of a new meaning are never to be taken for routine.
 */
export function wordGeneraliser(): (words: readonly string[]) => readonly string[] {
  /** By the hash of the words with one of them left out: which words stood there, as bits that their hashes choose. */
  const seenAt = new Map<number, number>();
  const hashes = new Int32Array(wordsMax);
  return (words) => {
    if (words.length > wordsMax) return words;
    for (const [place, word] of words.entries()) hashes[place] = word === '*' ? starShape : hashOf(word);
    let current = words;
    for (let pass = 0; pass < passesMax; pass += 1) {
      const place = variablePlace(current, hashes, seenAt);
      if (place === null) break;
      current = current.with(place, '*');
      hashes[place] = starShape;
    }
    return current;
  };
}

// Eight users of one machine vary; eight states of one thing are rare. Our judgement, on the side of keeping lines.
const valuesMin = 8;
// Longer lines are dumps, of which each is kept.
const wordsMax = 400;
const passesMax = 8;
// 16 MB of notes; what is forgotten then is learned again.
const placesMax = 2 ** 18;

/** The first place that varies, once the others are as they are; notes the words, whose hashes these are, as seen. */
function variablePlace(words: readonly string[], hashes: Int32Array, seenAt: Map<number, number>): number | null {
  if (seenAt.size > placesMax) seenAt.clear();
  let [a, b] = [0, 0];
  for (let place = 0; place < words.length; place += 1) {
    a = (a + Math.imul(hashes[place] ?? 0, powersA[place] ?? 1)) | 0;
    b = (b + Math.imul(hashes[place] ?? 0, powersB[place] ?? 1)) | 0;
  }
  let found: number | null = null;
  for (const [place, word] of words.entries()) {
    // Delimiters and what varies already.
    if (word === '*' || !holdsLetter(word)) continue;
    const without = (starShape - (hashes[place] ?? 0)) | 0;
    const keyA = (a + Math.imul(without, powersA[place] ?? 1)) | 0;
    const keyB = (b + Math.imul(without, powersB[place] ?? 1)) | 0;
    const key = (keyA >>> 0) * 0x20_0000 + ((keyB >>> 11) ^ (place & 0x1f_ffff));
    // The same word again sets the same bit: only different ones count, however often a line has to be learned anew.
    const seen = (seenAt.get(key) ?? 0) | (1 << (hashes[place] ?? 0));
    seenAt.set(key, seen);
    if (bitsIn(seen) >= valuesMin) found ??= place;
  }
  return found;
}

function bitsIn(bits: number): number {
  let count = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}

const powersA = powersOf(0x0100_0193);
const powersB = powersOf(0x9e37_79b1);

/** 1, base, base², … as 32-bit integers: what the word of each place is multiplied by. */
function powersOf(base: number): Int32Array {
  const powers = new Int32Array(wordsMax);
  let power = 1;
  for (let place = 0; place < wordsMax; place += 1) {
    powers[place] = power;
    power = Math.imul(power, base);
  }
  return powers;
}

/** Nearly all words begin with an ASCII letter or are one delimiter: neither needs the pattern. */
function holdsLetter(word: string): boolean {
  const first = word.charCodeAt(0) | 32;
  if (first >= 97 && first <= 122) return true;
  return (word.length > 1 || first > 127) && /\p{L}/u.test(word);
}

function hashOf(word: string): number {
  let hash = emptyShape;
  for (let at = 0; at < word.length; at += 1) hash = Math.imul(hash ^ word.charCodeAt(at), 0x0100_0193);
  return hash ^ (hash >>> 15);
}
