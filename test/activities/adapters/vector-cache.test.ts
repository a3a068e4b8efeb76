import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withVectorCache } from '../../../activities/adapters/vector-cache.ts';
import type { Embedder } from '../../../activities/ports.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'wardround-vectors-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function counting(modelId = 'm') {
  const asked: string[] = [];
  const embedder: Embedder = {
    modelId,
    dimensions: 2,
    async embed(texts) {
      asked.push(...texts);
      return texts.map((text) => [text.length / 3, 1]);
    },
  };
  return { asked, embedder };
}

describe('the cache of vectors', () => {
  it('embeds no text twice, and gives the same numbers the first time as later', async () => {
    const { asked, embedder } = counting();
    const first = await withVectorCache(embedder, folder).embed(['one', 'three', 'one']);
    const second = await withVectorCache(embedder, folder).embed(['three', 'one', 'four']);
    expect(asked).toEqual(['one', 'three', 'four']);
    expect(second.slice(0, 2)).toEqual([first[1], first[0]]);
    expect(first[0]).toEqual([1, 1]);
  });

  it('keeps models apart', async () => {
    await withVectorCache(counting('a').embedder, folder).embed(['one']);
    const other = counting('b');
    await withVectorCache(other.embedder, folder).embed(['one']);
    expect(other.asked).toEqual(['one']);
  });

  it('makes damaged files anew, and works where nothing can be written', async () => {
    await withVectorCache(counting().embedder, folder).embed(['one']);
    const [model] = await readdir(folder);
    const [file] = await readdir(path.join(folder, model ?? ''));
    await writeFile(path.join(folder, model ?? '', file ?? ''), 'torn');
    const again = counting();
    expect(await withVectorCache(again.embedder, folder).embed(['one'])).toEqual([[1, 1]]);
    expect(again.asked).toEqual(['one']);
    expect(await withVectorCache(counting().embedder, '/dev/null/no').embed(['one'])).toEqual([[1, 1]]);
  });
});
