import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Embedder } from '../ports.ts';

/**
 * Keeps vectors of texts in a folder of the user's cache, one small file each, so that a rebuilt index or a fresh state
 * folder embeds nothing twice. A file that is not there, or damaged, is made anew; a folder that cannot be written only
 * costs time.
 */
export function withVectorCache(embedder: Embedder, folder: string): Embedder {
  const own = path.join(folder, createHash('sha256').update(embedder.modelId).digest('hex').slice(0, 16));
  const fileOf = (text: string): string =>
    path.join(own, `${createHash('sha256').update(text).digest('hex').slice(0, 40)}.f32`);
  let written = 0;
  return {
    ...embedder,
    async embed(texts, signal) {
      const kept = await Promise.all(texts.map((text) => read(fileOf(text), embedder.dimensions)));
      const missing = [...new Set(texts.filter((_text, at) => kept[at] === undefined))];
      if (missing.length === 0) return kept.flatMap((vector) => (vector === undefined ? [] : [vector]));
      const made = new Map<string, readonly number[]>();
      (await embedder.embed(missing, signal)).forEach((vector, at) => made.set(missing[at] ?? '', vector));
      const toKeep = [...made].slice(0, Math.max(0, writtenMax - written));
      written += toKeep.length;
      await Promise.all(toKeep.map(([text, vector]) => write(fileOf(text), vector)));
      // Also the new ones as they will be read: an index built from the cache is the same index.
      return texts.map((text, at) => kept[at] ?? Array.from(Float32Array.from(made.get(text) ?? [])));
    },
  };
}

// 30 MB of a model with 384 dimensions; a site with more texts embeds the others again when it rebuilds.
const writtenMax = 20_000;

async function read(file: string, dimensions: number): Promise<readonly number[] | undefined> {
  const bytes = await readFile(file).catch(() => undefined);
  if (bytes === undefined || bytes.length !== dimensions * Float32Array.BYTES_PER_ELEMENT) return undefined;
  const vector = Array.from(new Float32Array(new Uint8Array(bytes).buffer));
  return vector.every((value) => Number.isFinite(value)) ? vector : undefined;
}

async function write(file: string, vector: readonly number[]): Promise<void> {
  const partial = `${file}.${randomUUID()}`;
  try {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(partial, new Uint8Array(Float32Array.from(vector).buffer));
    await rename(partial, file);
  } catch {
    // A cache: without it everything is right, only slower.
  }
}
