/**
 * The shape of a line: its words with every word that holds a digit taken as one and the same. Lines of one shape come
 * from one print statement; numbers, times, ids and addresses do not matter. The idea is the masking of Drain (He et al.
 * 2017, "Drain: an online log parsing approach with fixed depth tree", ICWS), done on bytes in the pass that reads them.
 */
export const byteKinds = { word: 0, digit: 1, delimiter: 2, odd: 4, lineBreak: 8 } as const;

const delimiters = ' \t=:,;|/()[]{}<>"\'';
const splitter = /([ \t=:,;|/()[\]{}<>"'])/;

/** What each byte is: part of a word, a digit, what parts words, a control character that hides text, or a line break. */
export const kindOfByte: Uint8Array = table();

/** Hash of no word at all, and the start of all others (the FNV-1a offset basis, as a 32-bit integer). */
export const emptyShape = 0x811c_9dc5 | 0;
/** Stands for every word that holds a digit. */
export const starShape = 0x2a2a_2a2a;

export function isOdd(kindsSeen: number): boolean {
  return (kindsSeen & byteKinds.odd) !== 0;
}

/** The words of a shape, with `*` for those that hold a digit and delimiters as they are: for people and for clusters. */
export function shapeWords(text: string): readonly string[] {
  return text.split(splitter).map((word) => (holdsDigit(word) ? '*' : word));
}

function holdsDigit(word: string): boolean {
  for (let at = 0; at < word.length; at += 1) {
    const unit = word.charCodeAt(at);
    if (unit >= 48 && unit <= 57) return true;
  }
  return false;
}

/** The two hashes of the shape of a text, as the pass over the bytes of a plain ASCII line makes them. */
export function shapeOf(text: string): { readonly shapeA: number; readonly shapeB: number } {
  let a = emptyShape;
  let b = emptyShape;
  let word = emptyShape;
  let second = emptyShape;
  let digits = 0;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    const kind = unit < 128 ? (kindOfByte[unit] ?? 0) : byteKinds.word;
    if (kind === byteKinds.delimiter) {
      a = Math.imul(a ^ (digits === 0 ? word : starShape), 0x9e37_79b1) ^ unit;
      b = (Math.imul(b, 0x85eb_ca6b) + (digits === 0 ? second : starShape)) ^ (unit << 3);
      a ^= a >>> 15;
      word = emptyShape;
      second = emptyShape;
      digits = 0;
    } else {
      word = Math.imul(word ^ unit, 0x0100_0193);
      second = (Math.imul(second, 0x2f0b_4f23) + unit) | 0;
      digits |= kind & byteKinds.digit;
    }
  }
  a = Math.imul(a ^ (digits === 0 ? word : starShape), 0x9e37_79b1);
  b = Math.imul(b, 0x85eb_ca6b) + (digits === 0 ? second : starShape);
  return { shapeA: a ^ (a >>> 13), shapeB: b ^ (b >>> 16) };
}

function table(): Uint8Array {
  const kinds = new Uint8Array(256);
  for (let digit = 48; digit <= 57; digit += 1) kinds[digit] = byteKinds.digit;
  for (const delimiter of delimiters) kinds[delimiter.charCodeAt(0)] = byteKinds.delimiter;
  kinds[0] = byteKinds.odd;
  kinds[27] = byteKinds.odd;
  kinds[10] = byteKinds.lineBreak;
  kinds[13] = byteKinds.lineBreak;
  return kinds;
}
