import { createHash, randomUUID } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { deserialize, serialize } from 'node:v8';
import { createHashingEmbedder } from '../../activities/adapters/hashing-embedder.ts';
import { shippedExamples } from '../../activities/adapters/shipped-examples.ts';
import type { Embedder, RecallIndex } from '../../activities/ports.ts';
import type { OpenedLibrary } from '../../activities/recall-library.ts';
import { learnCauseWords, withoutSource, type CauseWords } from '../../kb/retrieval/cause-words.ts';
import { hashingDimensions, hashingModelId } from '../../kb/retrieval/hashing-embedding.ts';
import { passes } from '../../kb/retrieval/filter.ts';
import { openLibrary } from '../../kb/retrieval/library.ts';
import type { Recallable } from '../../kb/retrieval/recallable.ts';
import { openKeptWordIndex, wordIndexText } from '../../kb/retrieval/word-index.ts';

/** The shipped records, ready to be searched in this process. */
export interface RecordIndex extends OpenedLibrary {
  readonly nearest: Pick<RecallIndex, 'state' | 'nearest'>;
  /** Of questions, by the model of the vectors. */
  readonly embedder: Embedder;
  /** Causes as learned from the words of all known incidents, or of all but those of one source. */
  causeWords(without?: string): CauseWords;
}

/**
 * Opens the shipped records. What takes most of the time (to parse them, to cut words to stems, to embed) is prepared
 * once and kept in a folder of the user's cache, under the hash of the records and of the code that reads them. A file
 * that is not there, or damaged, is made anew; a folder that cannot be written only costs time.
 */
export async function openRecordIndex(folder: string | null): Promise<RecordIndex> {
  const digest = madeFrom();
  const file = folder === null ? null : path.join(folder, `records-${digest}.v8`);
  const kept = file === null ? null : read(file);
  if (kept !== null) return opened(kept, digest);
  const made = await prepare();
  // What was read while it changed, or could not be read this time, is not kept under this name.
  if (file !== null && made.whole && madeFrom() === digest) write(file, made.prepared);
  // As it will be read the next time: the same question gets the same answer.
  return opened(made.prepared, digest);
}

interface Prepared {
  readonly recallables: readonly Recallable[];
  readonly words: string;
  /** One after the other, each of length 1. */
  readonly vectors: Float32Array;
  readonly causeWords: CauseWords;
}

function opened({ recallables, words, vectors, causeWords }: Prepared, digest: string): RecordIndex {
  let last: { readonly without: string; readonly learned: CauseWords } | undefined;
  return {
    recallables,
    digest,
    embedder: createHashingEmbedder(),
    causeWords(without) {
      if (without === undefined) return causeWords;
      if (last?.without === without) return last.learned;
      last = { without, learned: withoutSource(causeWords, without) };
      return last.learned;
    },
    library: openLibrary(recallables, openKeptWordIndex(words)),
    nearest: {
      state: async (entries) => ({
        collection: 'memory',
        modelId: hashingModelId,
        dimensions: hashingDimensions,
        indexed: recallables.length,
        wanted: entries.length,
      }),
      nearest: async (query, { count, filter }) =>
        recallables
          .flatMap((entry, at) =>
            passes(entry, filter) ? [{ id: entry.id, score: likeness(query, vectors, at) }] : [],
          )
          .toSorted((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1))
          .slice(0, count),
    },
  };
}

/** The cosine: both are of length 1. */
function likeness(query: readonly number[], vectors: Float32Array, at: number): number {
  let sum = 0;
  const from = at * hashingDimensions;
  for (let place = 0; place < hashingDimensions; place += 1) sum += (query[place] ?? 0) * (vectors[from + place] ?? 0);
  return sum;
}

async function prepare(): Promise<{ readonly prepared: Prepared; readonly whole: boolean }> {
  const { shippedRecallables } = await import('../../activities/adapters/shipped-records.ts');
  const { recallables, problems } = await shippedRecallables();
  const vectors = new Float32Array(recallables.length * hashingDimensions);
  const embedded = await createHashingEmbedder().embed(recallables.map(({ text }) => text));
  embedded.forEach((vector, at) => vectors.set(vector, at * hashingDimensions));
  const causeWords = learnCauseWords(await shippedExamples(recallables));
  const prepared = { recallables, words: wordIndexText(recallables), vectors, causeWords };
  return { prepared, whole: problems.length === 0 };
}

const repository = fileURLToPath(new URL('../../', import.meta.url));
/** All that a prepared index follows from; the packages stand in the manifest with their exact versions. */
const sources = [
  'kb/detectors',
  'kb/examples',
  'kb/records',
  'kb/retrieval',
  'kb/knowledge',
  'kb/schemas',
  'kb/fnv1a.ts',
  'kb/taxonomy.ts',
  'workflows/domain/categories.ts',
  'activities/adapters/record-files.ts',
  'activities/adapters/shipped-records.ts',
  'activities/adapters/shipped-examples.ts',
  'package.json',
] as const;
/** Raised where this file keeps something else. */
const form = 2;

function madeFrom(): string {
  const hash = createHash('sha256').update(`${form} ${process.versions.v8}`);
  for (const source of sources) {
    const place = path.join(repository, source);
    const files = path.extname(source) === '' ? filesIn(place) : [place];
    for (const file of files) hash.update(`\n${path.relative(repository, file)}\n`).update(contentOf(file));
  }
  return hash.digest('hex');
}

/** A file that cannot be read is left out of the records, too. */
function contentOf(file: string): Buffer | string {
  try {
    return readFileSync(file);
  } catch (error) {
    return `unread: ${error instanceof Error && 'code' in error ? String(error.code) : 'for an unknown reason'}`;
  }
}

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(?:ts|yaml|json|txt)$/.test(entry.name))
    .map(({ parentPath, name }) => path.join(parentPath, name))
    .toSorted();
}

const hashBytes = 32;

function read(file: string): Prepared | null {
  try {
    const bytes = readFileSync(file);
    const body = bytes.subarray(hashBytes);
    if (!bytes.subarray(0, hashBytes).equals(hashOf(body))) return null;
    const prepared: unknown = deserialize(body);
    return prepared as Prepared; // its hash says that it is what `write` wrote
  } catch {
    return null;
  }
}

function write(file: string, prepared: Prepared): void {
  const partial = `${file}.${randomUUID()}`;
  try {
    const body = serialize(prepared);
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(partial, Buffer.concat([hashOf(body), body]), { mode: 0o600 });
    renameSync(partial, file);
    forgetOldest(path.dirname(file));
  } catch {
    // A cache: without it everything is right, only slower.
    if (existsSync(partial)) rmSync(partial);
  }
}

const keptName = /^records-[0-9a-f]{64}\.v8$/;
/** Of so many states of the records the indexes are kept, 9 MB each: two check-outs may take turns. */
const keptMax = 4;

function forgetOldest(folder: string): void {
  const files = readdirSync(folder)
    .filter((name) => keptName.test(name))
    .map((name) => path.join(folder, name));
  const newestFirst = files.map((file) => ({ file, ms: statSync(file).mtimeMs })).toSorted((a, b) => b.ms - a.ms);
  for (const { file } of newestFirst.slice(keptMax)) unlinkSync(file);
}

function hashOf(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}
