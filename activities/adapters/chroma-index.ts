import { createHash } from 'node:crypto';
import {
  ChromaClient,
  ChromaForbiddenError,
  ChromaNotFoundError,
  ChromaRateLimitError,
  ChromaServerError,
  ChromaUnauthorizedError,
  ChromaConnectionError,
  type Collection,
} from 'chromadb';
import type { KnowledgeRecord } from '../../kb/schemas/record.ts';
import { PortError, type Embedder, type RecordIndex } from '../ports.ts';

/**
 * The records' vectors in one Chroma collection. Its name says which model made them, so that vectors of two models
 * never meet; embeddings are always given, the server and the client make none.
 */
export function createChromaIndex(settings: {
  readonly url: string;
  readonly embedder: Embedder;
  /** The text of a record that stands for it in the search. */
  readonly textOf: (record: KnowledgeRecord) => string;
}): RecordIndex {
  const { url, embedder, textOf } = settings;
  const name = collectionName(embedder);
  const host = new URL(url).host;
  return {
    async ensure(records, signal) {
      const wanted = new Map(records.map((record) => [recordId(record), record]));
      return chromaCall(`indexing ${records.length} records in ${name} at ${host}`, signal, async (callSignal) => {
        const collection = await ownCollection(connect(url, callSignal), name, embedder);
        const present = new Set((await collection.get({ include: [], limit: recordsMax })).ids);
        const missing = [...wanted].filter(([id]) => !present.has(id));
        for (let from = 0; from < missing.length; from += chunkRecordsMax)
          await upsert(collection, missing.slice(from, from + chunkRecordsMax), embedder, textOf, callSignal);
        // By explicit ids only: the server ignores the limit of a delete by filter.
        const stale = [...present].filter((id) => !wanted.has(id));
        for (let from = 0; from < stale.length; from += chunkRecordsMax)
          await collection.delete({ ids: stale.slice(from, from + chunkRecordsMax) });
        return { indexed: missing.length };
      });
    },

    async nearest(embedding, count, signal) {
      return chromaCall(`searching ${name} at ${host}`, signal, async (callSignal) => {
        const collection = await connect(url, callSignal).getCollection({ name });
        const answer = await collection.query({
          queryEmbeddings: [[...embedding]],
          nResults: Math.min(count, neighboursMax),
          include: ['metadatas', 'distances'],
        });
        return (answer.rows()[0] ?? []).map(({ metadata, distance }) => {
          const problemkey = metadata?.['problemkey'];
          if (typeof problemkey !== 'string' || typeof distance !== 'number')
            throw new PortError('malformed', `collection ${name} at ${host} holds something that is not a record`);
          return { problemkey, distance };
        });
      });
    },
  };
}

const schemaVersion = 1;
const recordsMax = 100_000;
// Below the embedded server's own limit of 5,461, and small enough for one request of some megabytes.
const chunkRecordsMax = 1_000;
const neighboursMax = 100;
// Two calls fit into one attempt of an `optional` activity, so that the last attempt can still go on without.
const callMsMax = 4_000;

function collectionName({ modelId, dimensions }: Embedder): string {
  const readable = modelId.replace(/[^A-Za-z0-9._-]+/g, '-').slice(0, 80);
  const exact = createHash('sha256').update(modelId).digest('hex').slice(0, 8);
  return `wardround-records-v${schemaVersion}-${readable}-${exact}-${dimensions}d`;
}

function recordId(record: KnowledgeRecord): string {
  return createHash('sha256').update(JSON.stringify(record)).digest('hex');
}

async function ownCollection(client: ChromaClient, name: string, embedder: Embedder): Promise<Collection> {
  const collection = await client.getOrCreateCollection({
    name,
    configuration: { hnsw: { space: 'cosine' } },
    metadata: { modelId: embedder.modelId, dimensions: embedder.dimensions },
    embeddingFunction: null,
  });
  // An existing collection silently keeps the space it was made with.
  const space = collection.configuration.hnsw?.space;
  const { modelId, dimensions } = { modelId: null, dimensions: null, ...collection.metadata };
  if (space !== 'cosine' || modelId !== embedder.modelId || dimensions !== embedder.dimensions)
    throw new PortError(
      'malformed',
      `collection ${name} was made for ${modelId} (${dimensions} dimensions, ${space} distance), not for ${embedder.modelId} (${embedder.dimensions}, cosine); delete it, it is built again from the records`,
    );
  return collection;
}

async function upsert(
  collection: Collection,
  records: readonly (readonly [string, KnowledgeRecord])[],
  embedder: Embedder,
  textOf: (record: KnowledgeRecord) => string,
  signal: AbortSignal,
): Promise<void> {
  const documents = records.map(([, record]) => textOf(record));
  const embeddings = await embedder.embed(documents, signal);
  await collection.upsert({
    ids: records.map(([id]) => id),
    documents,
    embeddings: embeddings.map((embedding) => [...embedding]),
    metadatas: records.map(([, { problemkey, category }]) => ({ problemkey, category })),
  });
}

function connect(url: string, signal: AbortSignal): ChromaClient {
  const { hostname, port, protocol } = new URL(url);
  const ssl = protocol === 'https:';
  return new ChromaClient({ host: hostname, port: Number(port || (ssl ? 443 : 80)), ssl, fetchOptions: { signal } });
}

async function chromaCall<T>(
  what: string,
  signal: AbortSignal | undefined,
  call: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const timeout = AbortSignal.timeout(callMsMax);
  try {
    return await call(signal === undefined ? timeout : AbortSignal.any([signal, timeout]));
  } catch (error) {
    if (signal?.aborted === true) throw signal.reason;
    if (error instanceof PortError) throw error;
    const why = error instanceof Error ? error.message.slice(0, reasonShownMax) : String(error);
    throw new PortError(timeout.aborted ? 'unreachable' : kindOf(error), `${what}: ${why}`, { cause: error });
  }
}

const reasonShownMax = 300;

function kindOf(error: unknown): PortError['kind'] {
  if (error instanceof ChromaConnectionError) return 'unreachable';
  if (error instanceof ChromaServerError || error instanceof ChromaRateLimitError) return 'unreachable';
  if (error instanceof ChromaUnauthorizedError || error instanceof ChromaForbiddenError) return 'denied';
  if (error instanceof ChromaNotFoundError) return 'not-found';
  return 'refused';
}
