type Order = (addresses: readonly string[]) => readonly string[];

/** Tokens in the order that a sentence puts them in: "a03 before a02". */
export function turnsIn(sentence: string): readonly (readonly string[])[] {
  const found = sentence.matchAll(/(@[\d+]+) (before|after|ahead of|then|prior to|followed by) (@[\d+]+)/gi);
  return [...found].map(([, one = '', word = '', other = '']) => (/after/i.test(word) ? [other, one] : [one, other]));
}

const orders: readonly { readonly pattern: RegExp; readonly order: Order }[] = [
  {
    pattern: /\b(?:ascending|numerical|increasing|upwards|lowest (?:one )?first)\b/i,
    order: (all) => all.toSorted(byNumber),
  },
  {
    pattern: /\b(?:descending|decreasing|downwards|highest (?:one )?first)\b/i,
    order: (all) => all.toSorted((a, b) => byNumber(b, a)),
  },
  {
    pattern: /\b(?:reverse|backwards|from the end|other way round|opposite order|last one first)\b/i,
    order: (all) => all.toReversed(),
  },
];

/** Orders of all nodes that a sentence asks for. */
export function orderIn(sentence: string): readonly Order[] {
  return orders.filter(({ pattern }) => pattern.test(sentence)).map(({ order }) => order);
}

function byNumber(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}
