/** One message of a conversation. */
export interface Said {
  readonly role: 'user' | 'assistant' | 'tool';
  readonly text: string;
}

/** Parts that end with a mark and a space, or with the line; dots inside of addresses and names end nothing. */
export function sentencesOf(text: string): readonly string[] {
  return text
    .split(/(?<=(?<!\.)[.!?]["')]?)\s+|(?<=;)\s+|\n+/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** `192.0.2.1, 192.0.2.2 and 192.0.2.3` is one group; `@0+1+2` stands for it in a clause. */
export const groupToken = /@[\d+]+/g;

/**
 * The clauses of a sentence whose references are tokens. The word that joins a clause to the one before stays at its
 * beginning.
 */
export function clausesOf(sentence: string): readonly string[] {
  return sentence
    .split(
      /\s*[;()]\s*|,\s+|\s+[-–—]+\s+|(?<=[a-z])\.{2,}\s+|(?<=[\w\d])[.!?]\s+|(?<!\b(?:all|everything|everyone|nothing|none|each))\s+(?=but\b)|(?<!\buntil)\s+(?=then\b)|\s+(?=(?:except|apart from|while|whereas|because|since|although|though|however|and|so|which|who|whose|where|yet|in case|now that|as (?:it|they|that|the)|for it)\b)/i,
    )
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** What somebody quotes is material: two words and more in quotation marks, or lines that begin with `>`. */
export function withoutQuotes(text: string): { readonly text: string; readonly quoted: readonly string[] } {
  const quote = /(?<![\w"])"([^"\n]*\s[^"\n]*)"|\u201C([^\u201D]*\s[^\u201D]*)\u201D|^>.*$/gm;
  const quoted = [...text.matchAll(quote)].map(([whole]) => whole);
  return { text: text.replaceAll(quote, '"…"'), quoted };
}
