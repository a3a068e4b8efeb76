import { stemmer } from 'stemmer';

// Longer texts add nothing that tells records apart.
const textCharsMax = 8_000;

/** Words in the form in which they are compared: lower case, codes and dotted ids kept together. */
export function words(text: string): readonly string[] {
  return (
    text
      .slice(0, textCharsMax)
      .toLowerCase()
      .match(/[a-z0-9]+(?:[._-][a-z0-9]+)*/g) ?? []
  );
}

/** The same without words that every text has, and plain words cut to their stem (Porter 1980): `hangs`, `hanging`. */
export function stems(text: string): readonly string[] {
  return words(text).flatMap((word) => (stopWords.has(word) ? [] : [plainWord.test(word) ? stemmer(word) : word]));
}

// Codes and ids are what they are.
const plainWord = /^[a-z]+$/;

// Leaving them out makes a search among 100,000 records several times as fast.
const stopWords: ReadonlySet<string> = new Set(
  'a an and are as at be been but by did for from had has have if in is it its no not of on one only or so than that the their then there they this to was were what when which while who with'.split(
    ' ',
  ),
);
