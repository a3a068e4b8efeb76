import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { exampleWords, type WordCounts, type WordExample } from '../../kb/retrieval/cause-words.ts';
import type { Recallable } from '../../kb/retrieval/recallable.ts';
import { categories } from '../../kb/taxonomy.ts';

/** The words of the real cases that were tuned on, as `wardround bench excerpts --write-words` leaves them. */
export const shippedExamplesFile = fileURLToPath(new URL('../../kb/retrieval/example-words.json', import.meta.url));

const exampleSchema = z.strictObject({
  category: z.enum(categories),
  source: z.string().min(1),
  /** As `wordsText` gives them. */
  words: z.string(),
});
export const examplesSchema = z.array(exampleSchema);

/** Incidents whose causes are known: those of the records, and the words of real cases. */
export async function shippedExamples(recallables: readonly Recallable[]): Promise<readonly WordExample[]> {
  const cases = examplesSchema.parse(JSON.parse(await readFile(shippedExamplesFile, 'utf8')));
  return [
    ...recallables.flatMap((one) => exampleOf(one) ?? []),
    ...cases.map(({ words, ...one }) => ({ ...one, id: one.source, words: wordsOf(words) })),
  ];
}

/** In the order of the alphabet, divided by blanks; those that stand there more than once with a colon and how often. */
export function wordsText(words: WordCounts): string {
  return [...words].map(([word, count]) => (count === 1 ? word : `${word}:${count}`)).join(' ');
}

function wordsOf(text: string): WordCounts {
  return new Map(
    text.split(' ').map((one) => {
      const [word = '', count = '1'] = one.split(':');
      return [word, Number(count)];
    }),
  );
}

function exampleOf({ id, kind, category, source, text, signalText }: Recallable): WordExample | null {
  const known = categories.find((one) => one === category);
  if (kind !== 'incident' || known === undefined) return null;
  return { id, category: known, source, words: exampleWords(`${text}\n${signalText}`) };
}
