import { createHash } from 'node:crypto';
import type { Collection, Metadata, Where } from 'chromadb';
import { boundGenerations, type RecallFilter } from '../../kb/retrieval/filter.ts';
import type { Recallable } from '../../kb/retrieval/recallable.ts';
import { PortError, type Embedder, type RecallIndex } from '../ports.ts';
import { chromaCall, connectChroma } from './chroma-call.ts';

/**
 * The vectors of all that can be recalled, in one Chroma collection. Its name and its metadata say which model made
 * them, so that vectors of two models never meet; embeddings are always given, the server and the client make none.
 */
export function createChromaIndex({
  url,
  embedder,
}: {
  readonly url: string;
  readonly embedder: Embedder;
}): RecallIndex {
  const name = collectionName(embedder);
  const { host } = new URL(url);
  const { modelId, dimensions } = embedder;
  const call = <T>(
    what: string,
    signal: AbortSignal | undefined,
    run: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> => chromaCall(`${what} ${name} at ${host}`, { signal, msMax: callMsMax }, run);
  return {
    async state(entries, signal) {
      const wanted = wantedIds(entries);
      const indexed = await call('looking into', signal, async (callSignal) => {
        const known = await connectChroma(url, callSignal).listCollections({ limit: collectionsMax });
        const own = known.find((collection) => collection.name === name);
        if (own === undefined) return 0;
        const collection = checked(own, embedder);
        if (wanted.size > comparedMax) return Math.min(await collection.count(), wanted.size);
        const present = await idsOf(collection);
        return [...wanted.keys()].filter((id) => present.has(id)).length;
      });
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
      for (let from = 0; from < stale.length; from += chunkEntriesMax)
        await call('deleting from', signal, async (callSignal) =>
          (await opened(callSignal)).delete({ ids: stale.slice(from, from + chunkEntriesMax) }),
        );
      return { added: missing.length, removed: stale.length, kept: present.size - stale.length };
    },

    async drop(signal) {
      await call('deleting', signal, async (callSignal) => {
        const client = connectChroma(url, callSignal);
        const known = await client.listCollections({ limit: collectionsMax });
        if (known.some((collection) => collection.name === name)) await client.deleteCollection({ name });
      });
    },

    async nearest(embedding, { count, filter, signal }) {
      if (embedding.length !== dimensions)
        throw new PortError(
          'malformed',
          `a query of ${embedding.length} dimensions cannot be compared with ${name} (${dimensions}); it was made by another embedder than ${modelId}`,
        );
      return call('searching', signal, async (callSignal) => {
        const collection = checked(await connectChroma(url, callSignal).getCollection({ name }), embedder);
        const where = whereOf(filter);
        const answer = await collection.query({
          queryEmbeddings: [[...embedding]],
          nResults: Math.min(count, neighboursMax),
          include: ['metadatas', 'distances'],
          ...(where === undefined ? {} : { where }),
        });
        return (answer.rows()[0] ?? []).map(({ metadata, distance }) => {
          const id = metadata?.['entry'];
          if (typeof id !== 'string' || typeof distance !== 'number')
            throw new PortError(
              'malformed',
              `collection ${name} at ${host} holds something that is no entry; ${remedy}`,
            );
          return { id, score: 1 - distance };
        });
      });
    },
  };
}

const formVersion = 2;
const entriesMax = 200_000;
const collectionsMax = 1_000;
// Of more than these only the number is compared: asking for every id takes longer than the search.
const comparedMax = 5_000;
// Below the embedded server's own limit of 5,461; small, so that what is done is kept when the process dies.
const chunkEntriesMax = 64;
const neighboursMax = 200;
const callMsMax = 10_000;
const remedy = '`wardround kb index --rebuild` makes it again from the records';

function collectionName({ modelId, dimensions }: Embedder): string {
  const readable = modelId.replace(/[^A-Za-z0-9._-]+/g, '-').slice(0, 80);
  const exact = createHash('sha256').update(modelId).digest('hex').slice(0, 8);
  return `wardround-recall-v${formVersion}-${readable}-${exact}-${dimensions}d`;
}

/** By content: an entry that changes gets another id, and one that does not is never embedded twice. */
function wantedIds(entries: readonly Recallable[]): ReadonlyMap<string, Recallable> {
  if (entries.length > entriesMax)
    throw new PortError('too-large', `${entries.length} entries are more than one index takes (${entriesMax})`);
  return new Map(entries.map((entry) => [contentId(entry), entry]));
}

function contentId(entry: Recallable): string {
  const { id, kind, category, text, components } = entry;
  const content = JSON.stringify([formVersion, id, kind, category, text, boundGenerations(entry), components]);
  return createHash('sha256').update(content).digest('hex');
}

async function ownCollection(url: string, name: string, embedder: Embedder, signal: AbortSignal): Promise<Collection> {
  return checked(
    await connectChroma(url, signal).getOrCreateCollection({
      name,
      configuration: { hnsw: { space: 'cosine' } },
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
