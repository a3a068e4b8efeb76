import { createHash } from 'node:crypto';
import { ChromaNotFoundError, type Collection, type Metadata, type Where } from 'chromadb';
import { boundGenerations, type RecallFilter } from '../../kb/retrieval/filter.ts';
import type { DenseHit } from '../../kb/retrieval/rank.ts';
import type { Recallable } from '../../kb/retrieval/recallable.ts';
import { PortError, type Embedder, type RecallIndex } from '../ports.ts';
import { chromaCall, connectChroma } from './chroma-call.ts';

/**
 * The vectors of all that can be recalled, in one Chroma collection. Its name and its metadata say which model made
 * them, so that vectors of two models never meet; embeddings are always given, the server and the client make none.
 * Two bases on one server have two collections: each takes out what it does not know itself.
 */
export function createChromaIndex({
  url,
  embedder,
  base,
}: {
  readonly url: string;
  readonly embedder: Embedder;
  /** Names whose knowledge it is: the bucket that a site's own records lie in. */
  readonly base: string;
}): RecallIndex {
  const name = collectionName(embedder, base);
  const { host } = new URL(url);
  const { modelId, dimensions } = embedder;
  const call = <T>(
    what: string,
    signal: AbortSignal | undefined,
    run: (signal: AbortSignal) => Promise<T>,
    msMax = writeMsMax,
  ): Promise<T> => chromaCall(`${what} ${name} at ${host}`, { signal, msMax }, run);
  return {
    async state(entries, signal) {
      const wanted = wantedIds(entries);
      const count = async (callSignal: AbortSignal): Promise<number> => {
        const collection = await existing(callSignal);
        if (collection === null) return 0;
        if (wanted.size > comparedMax) return Math.min(await collection.count(), wanted.size);
        const present = await idsOf(collection);
        return [...wanted.keys()].filter((id) => present.has(id)).length;
      };
      const indexed = await call('looking into', signal, count, searchMsMax);
      return { collection: name, modelId, dimensions, indexed, wanted: wanted.size };
    },

    async sync(entries, { signal, progress } = {}) {
      const wanted = wantedIds(entries);
      // A client lives as long as the signal of its call, so that each call opens the collection for itself.
      const opened = (callSignal: AbortSignal) => ownCollection(url, name, embedder, callSignal);
      const present = await call('listing', signal, async (callSignal) => idsOf(await opened(callSignal)));
      const missing = [...wanted].filter(([id]) => !present.has(id));
      for (let from = 0; from < missing.length; from += chunkEntriesMax) {
        progress?.(from, missing.length);
        const chunk = missing.slice(from, from + chunkEntriesMax);
        const embeddings = await embedder.embed(
          chunk.map(([, { text }]) => text),
          signal,
        );
        await call('writing to', signal, async (callSignal) => upsert(await opened(callSignal), chunk, embeddings));
      }
      progress?.(missing.length, missing.length);
      // By explicit ids only: the server ignores the limit of a delete by filter.
      const stale = [...present].filter((id) => !wanted.has(id));
      for (let from = 0; from < stale.length; from += chunkEntriesMax) {
        progress?.(missing.length, missing.length);
        await call('deleting from', signal, async (callSignal) =>
          (await opened(callSignal)).delete({ ids: stale.slice(from, from + chunkEntriesMax) }),
        );
      }
      if (missing.length > 0) {
        // A server that came back without its data, or a collection that somebody deleted, has taken only the rest.
        const now = await call('listing', signal, async (callSignal) => idsOf(await opened(callSignal)));
        const lost = [...wanted.keys()].filter((id) => !now.has(id)).length;
        if (lost > 0)
          throw new PortError(
            'unreachable',
            `${name} at ${host} lost ${lost} of ${wanted.size} entries while it was written; the next attempt adds them`,
          );
      }
      return { added: missing.length, removed: stale.length, kept: present.size - stale.length };
    },

    async drop(signal) {
      await call('deleting', signal, async (callSignal) => {
        await connectChroma(url, callSignal).deleteCollection({ name }).catch(unlessNotFound);
      });
    },

    async nearest(embedding, { count, filter, signal }) {
      if (embedding.length !== dimensions)
        throw new PortError(
          'malformed',
          `a query of ${embedding.length} dimensions cannot be compared with ${name} (${dimensions}); it was made by another embedder than ${modelId}`,
        );
      // What has no direction is near to nothing; to be one of none, nothing is.
      if (embedding.every((value) => value === 0) || isUnmeetable(filter)) return [];
      const search = async (callSignal: AbortSignal): Promise<readonly DenseHit[]> => {
        const collection = checked(await connectChroma(url, callSignal).getCollection({ name }), embedder);
        const where = whereOf(filter);
        const answer = await collection.query({
          queryEmbeddings: [[...embedding]],
          nResults: Math.min(count, neighboursMax),
          include: ['metadatas', 'distances'],
          ...(where === undefined ? {} : { where }),
        });
        return (answer.rows()[0] ?? [])
          .map(({ metadata, distance }) => {
            const id = metadata?.['entry'];
            if (typeof id !== 'string' || typeof distance !== 'number')
              throw new PortError(
                'malformed',
                `collection ${name} at ${host} holds something that is no entry; ${remedy}`,
              );
            return { id, score: 1 - distance };
          })
          .toSorted((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
      };
      return call('searching', signal, search, searchMsMax);
    },
  };

  async function existing(callSignal: AbortSignal): Promise<Collection | null> {
    const found = await connectChroma(url, callSignal).getCollection({ name }).catch(unlessNotFound);
    return found === null ? null : checked(found, embedder);
  }
}

const formVersion = 3;
// Wider than the server's own (100, 100, 16): among many entries that are nearly alike its graph loses single ones.
const searchWidth = { ef_construction: 200, ef_search: 200, max_neighbors: 32 };
const entriesMax = 200_000;
// Of more than these only the number is compared: asking for every id takes longer than the search.
const comparedMax = 5_000;
// Below the embedded server's own limit of 5,461; small, so that what is done is kept when the process dies.
const chunkEntriesMax = 64;
const neighboursMax = 200;
const writeMsMax = 10_000;
// A look and a search fit into one attempt of the optional activity that waits for them (12 s), with time for words.
export const searchMsMax = 4_000;
const remedy = '`wardround kb index --rebuild` makes it again from the records';

function collectionName({ modelId, dimensions }: Embedder, base: string): string {
  const readable = modelId.replace(/[^A-Za-z0-9._-]+/g, '-').slice(0, 80);
  const exact = createHash('sha256')
    .update(JSON.stringify([modelId, base]))
    .digest('hex')
    .slice(0, 8);
  return `wardround-recall-v${formVersion}-${readable}-${exact}-${dimensions}d`;
}

/** By content: an entry that changes gets another id, and one that does not is never embedded twice. */
function wantedIds(entries: readonly Recallable[]): ReadonlyMap<string, Recallable> {
  if (entries.length > entriesMax)
    throw new PortError('too-large', `${entries.length} entries are more than one index takes (${entriesMax})`);
  const known = idsByEntries.get(entries);
  if (known !== undefined) return known;
  const ids = new Map(entries.map((entry) => [contentId(entry), entry]));
  idsByEntries.set(entries, ids);
  return ids;
}

// A library answers the same list while nothing has changed; hashing 100,000 entries for each search takes a second.
const idsByEntries = new WeakMap<readonly Recallable[], ReadonlyMap<string, Recallable>>();

function contentId(entry: Recallable): string {
  const { id, kind, category, text, components } = entry;
  const content = JSON.stringify([formVersion, id, kind, category, text, boundGenerations(entry), components]);
  return createHash('sha256').update(content).digest('hex');
}

async function ownCollection(url: string, name: string, embedder: Embedder, signal: AbortSignal): Promise<Collection> {
  return checked(
    await connectChroma(url, signal).getOrCreateCollection({
      name,
      configuration: { hnsw: { space: 'cosine', ...searchWidth } },
      metadata: { modelId: embedder.modelId, dimensions: embedder.dimensions, space: 'cosine' },
      embeddingFunction: null,
    }),
    embedder,
  );
}

/** An existing collection silently keeps the space and the metadata it was made with: they are compared each time. */
function checked(collection: Collection, embedder: Embedder): Collection {
  const space = collection.configuration.hnsw?.space;
  const { modelId, dimensions } = { modelId: null, dimensions: null, ...collection.metadata };
  if (space !== 'cosine' || modelId !== embedder.modelId || dimensions !== embedder.dimensions)
    throw new PortError(
      'malformed',
      `collection ${collection.name} was made for ${modelId} (${dimensions} dimensions, ${space} distance), not for ${embedder.modelId} (${embedder.dimensions}, cosine); ${remedy}`,
    );
  return collection;
}

async function idsOf(collection: Collection): Promise<ReadonlySet<string>> {
  return new Set((await collection.get({ include: [], limit: entriesMax })).ids);
}

async function upsert(
  collection: Collection,
  chunk: readonly (readonly [string, Recallable])[],
  embeddings: readonly (readonly number[])[],
): Promise<void> {
  await collection.upsert({
    ids: chunk.map(([id]) => id),
    documents: chunk.map(([, { text }]) => text),
    embeddings: embeddings.map((embedding) => [...embedding]),
    metadatas: chunk.map(([, entry]) => metadataOf(entry)),
  });
}

function unlessNotFound(error: unknown): null {
  if (error instanceof ChromaNotFoundError) return null;
  throw error;
}

/** A condition of no alternatives, which the server refuses to read. */
function isUnmeetable({ categories, components, kinds }: RecallFilter): boolean {
  return [categories, components, kinds].some((list) => list?.length === 0);
}

/** Lists as one boolean an element: the server takes no arrays. */
function metadataOf(entry: Recallable): Metadata {
  const bound = boundGenerations(entry);
  return {
    entry: entry.id,
    kind: entry.kind,
    ...(entry.category === null ? {} : { category: entry.category }),
    anyGeneration: bound.length === 0,
    ...Object.fromEntries(bound.map((generation) => [`generation_${generation}`, true])),
    ...Object.fromEntries(entry.components.map((component) => [`component_${component}`, true])),
  };
}

function whereOf({ categories, generation, components, kinds }: RecallFilter): Where | undefined {
  const parts: Where[] = [
    ...(kinds === undefined ? [] : [{ kind: { $in: [...kinds] } }]),
    ...(categories === undefined ? [] : [{ category: { $in: [...categories] } }]),
    ...(generation === undefined ? [] : [{ $or: [{ anyGeneration: true }, { [`generation_${generation}`]: true }] }]),
    ...(components === undefined ? [] : [anyOf(components.map((component) => ({ [`component_${component}`]: true })))]),
  ];
  return parts.length > 1 ? { $and: parts } : parts[0];
}

function anyOf(parts: Where[]): Where {
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : { $or: parts };
}
