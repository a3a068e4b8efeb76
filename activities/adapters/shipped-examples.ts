import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { exampleWords, type WordCounts, type WordExample } from '../../kb/retrieval/cause-words.ts';
import type { Recallable } from '../../kb/retrieval/recallable.ts';
import type { LogDetector } from '../../kb/schemas/detector.ts';
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

/** A file of texts for each cause. */
const writtenDir = fileURLToPath(new URL('../../kb/examples/', import.meta.url));

/**
 * Incidents whose causes are known (those of the records, and the words of real cases); what is not one but teaches words as
 * well: texts that were written for it, and the lines that telling kinds of findings are recognised by.
 */
export async function shippedExamples(recallables: readonly Recallable[]): Promise<readonly WordExample[]> {
  const cases = examplesSchema.parse(JSON.parse(await readFile(shippedExamplesFile, 'utf8')));
  const { detectors } = await import('../../kb/detectors/index.ts');
  return [
    ...recallables.flatMap((one) => exampleOf(one) ?? []),
    ...cases.map(({ words, ...one }) => ({ ...one, id: one.source, words: wordsOf(words), isIncident: true })),
    ...(await writtenExamples()),
    ...detectors.flatMap(lineExamples),
  ];
}

/** Texts of `kb/examples`, in the order of their causes. */
async function writtenExamples(): Promise<readonly WordExample[]> {
  const names = (await readdir(writtenDir)).filter((name) => name.endsWith('.txt')).toSorted();
  const examples = names.map(async (name) => {
    const category = z.enum(categories).parse(path.basename(name, '.txt'));
    return textsIn(await readFile(path.join(writtenDir, name), 'utf8')).map((text, at) => {
      const id = `${name}#${at + 1}`;
      return { id, category, source: `kb/examples/${id}`, words: exampleWords(text), isIncident: false };
    });
  });
  return (await Promise.all(examples)).flat();
}

/** The texts of a file, divided by lines of three dashes. */
export function textsIn(file: string): readonly string[] {
  return file.split(/^---$/m).map((text) => text.trim());
}

// Such a line makes its cause twenty times likelier: "strong" on the scale of Kass & Raftery 1995.
const tellingMin = 3;

/** The words of the lines that each telling kind is recognised by. */
function lineExamples({ kinds, samples }: LogDetector): readonly WordExample[] {
  return kinds.flatMap(({ id, summary, source, weighs }) => {
    const told = categories.find(
      (category) =>
        (weighs[category] ?? 0) >= tellingMin && (weighs[category] ?? 0) === Math.max(...Object.values(weighs)),
    );
    const lines = samples.flatMap((sample) => (sample.kind === id ? sample.lines : []));
    if (told === undefined || lines.length === 0) return [];
    return [{ id, category: told, source, words: exampleWords([summary, ...lines].join('\n')), isIncident: false }];
  });
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
  return { id, category: known, source, words: exampleWords(`${text}\n${signalText}`), isIncident: true };
}
