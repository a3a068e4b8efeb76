import { writeFileSync } from 'node:fs';
import { wordsText } from '../../../../activities/adapters/shipped-examples.ts';
import { exampleWords } from '../../../../kb/retrieval/cause-words.ts';
import { readMeasured, type MeasuredSet } from './cases.ts';
import { readCase } from './judge-case.ts';

/** Sets that may be learned from; what is only looked at is none. */
const learnedSets: readonly MeasuredSet[] = ['tuning', 'incidents'];

/** The words of the cases that were tuned on, with their causes, as a file of `shippedExamples`. */
export async function exampleWordsText(dir: string): Promise<string> {
  const examples: { category: string; source: string; words: string }[] = [];
  for (const one of learnedSets.flatMap((set) => readMeasured(dir, set))) {
    const { category } = one.expect;
    // A case that stands for "nothing is wrong" or "cannot be told" is no example of a cause.
    if (category === null || one.source === undefined) continue;
    const { notes, lines } = (await readCase(one)).told;
    const words = wordsText(exampleWords(`${notes}\n${lines}`));
    if (words !== '') examples.push({ category, source: one.source, words });
  }
  return `[\n${examples.map((example) => `  ${JSON.stringify(example)}`).join(',\n')}\n]\n`;
}

/** Writes them, and says what it did. */
export async function writeWords(dir: string, target: string): Promise<string> {
  const text = await exampleWordsText(dir);
  writeFileSync(target, text);
  return `${text.split('\n').length - 3} examples, ${Math.round(text.length / 1024)} KiB: ${target}`;
}
