import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { textsIn } from '../../activities/adapters/shipped-examples.ts';
import { exampleWords } from '../../kb/retrieval/cause-words.ts';
import { categories } from '../../kb/taxonomy.ts';

const folder = path.join(import.meta.dirname, '../../kb/examples');
const texts = readdirSync(folder)
  .filter((name) => name.endsWith('.txt'))
  .map((name) => ({ name, texts: textsIn(readFileSync(path.join(folder, name), 'utf8')) }));

describe('written examples', () => {
  it('are there for every cause, and about as many for each: words of a cause with more would win by number', () => {
    expect(texts.map(({ name }) => path.basename(name, '.txt')).toSorted()).toEqual(categories.toSorted());
    const counts = texts.map((one) => one.texts.length);
    expect(Math.max(...counts)).toBeLessThanOrEqual(1.5 * Math.min(...counts));
  });

  it.each(texts)('$name: each has words enough, and none stands there twice', (one) => {
    const poor = one.texts.filter((text) => exampleWords(text).size < 8 || text.length > 4_000);
    expect(poor).toEqual([]);
    expect(new Set(one.texts).size).toBe(one.texts.length);
  });

  it('name nobody: neither addresses of people nor of machines that are anybody’s', () => {
    const named = texts.flatMap((one) =>
      one.texts.flatMap((text) => text.match(/\b[\w.+-]{2,}@[\w-]+\.(?:com|org|net|edu|de|cn)\b/g) ?? []),
    );
    expect(named).toEqual([]);
  });
});
