import { describe, expect, it } from 'vitest';
import { searchMsMax } from '../../activities/adapters/chroma-index.ts';
import { createHashingEmbedder } from '../../activities/adapters/hashing-embedder.ts';
import { requestMsMax } from '../../activities/adapters/openai-embedder.ts';
import { createEmbedQuery } from '../../activities/embed-query.ts';
import { getJson, putJson } from '../../activities/json-evidence.ts';
import { PortError, type RecallIndex } from '../../activities/ports.ts';
import { queryEmbeddingSchema, recallDocumentSchema } from '../../activities/recall-document.ts';
import { createRecallIncidents } from '../../activities/recall-incidents.ts';
import { recallLibrary } from '../../activities/recall-library.ts';
import { timeoutClasses } from '../../workflows/domain/timeouts.ts';
import { finding, lostGpu, smallKnowledge } from '../kb/reasoning/small-knowledge.ts';
import { memoryEvidence } from '../support/memory-stores.ts';
import { recallable, threeIncidents } from '../support/recallables.ts';
import { runActivity } from './run-activity.ts';

const key = { cluster: 'site-a', workflowId: 'incident/site-a/1', runId: 'run' };
const embedder = createHashingEmbedder();
const { kinds } = smallKnowledge;
const lost = { kind: lostGpu.id, weight: 1 };
const entries = [
  ...threeIncidents.map((entry) => (entry.id === 'gpu-lost-xid79' ? { ...entry, signals: [lost] } : entry)),
  recallable('fact-a800-bus', 'How a GPU of an A800 node sits on the PCIe bus, from which it can fall off', {
    kind: 'fact',
    category: null,
  }),
];

/** The nearest by cosine, computed plainly; `indexed` of the entries are there. */
function plainIndex(indexed = entries.length, failing?: PortError): RecallIndex {
  return {
    state: async (wanted) => ({
      collection: 'plain',
      modelId: embedder.modelId,
      dimensions: embedder.dimensions,
      indexed,
      wanted: wanted.length,
    }),
    sync: async () => ({ added: 0, removed: 0, kept: 0 }),
    drop: async () => undefined,
    async nearest(embedding, { count }) {
      if (failing !== undefined) throw failing;
      const embedded = await embedder.embed(entries.map(({ text }) => text));
      return entries
        .map(({ id }, at) => ({
          id,
          score: embedding.reduce((sum, value, slot) => sum + value * (embedded[at]?.[slot] ?? 0), 0),
        }))
        .toSorted((a, b) => b.score - a.score)
        .slice(0, count);
    },
  };
}

const away = (kind: PortError['kind']) => plainIndex(4, new PortError(kind, 'the index at 127.0.0.1 did not answer'));

async function recall(
  index: RecallIndex,
  { attempt = 1, embeds = true }: { readonly attempt?: number; readonly embeds?: boolean } = {},
) {
  const evidence = memoryEvidence();
  const findings = await putJson(evidence, 'findings', 'site-a', [
    finding(lostGpu, { text: 'NVRM: GPU 0000:b3:00.0: fallen off the bus and is not responding to commands' }),
  ]);
  const embedQuery = createEmbedQuery({ evidence, embedder: async () => embedder, kinds });
  const { embedding } = await runActivity(embedQuery, { key, findings });
  const library = recallLibrary(async () => entries);
  const activity = createRecallIncidents({ evidence, index, library, inventories: new Map(), kinds });
  const result = await runActivity(activity, { key, findings, embedding: embeds ? embedding : null }, attempt);
  return {
    result,
    stored: await getJson(evidence, result.recall, recallDocumentSchema),
    embedded: await getJson(evidence, embedding, queryEmbeddingSchema),
  };
}

describe('recallIncidents', () => {
  it('finds the like incident by likeness, words and signals, and keeps all that decided it', async () => {
    const { result, stored } = await recall(plainIndex());
    expect(result.top[0]).toMatchObject({ problemkey: 'gpu-lost-xid79', category: 'gpu-fell-off-bus' });
    expect(result.degraded).toBeNull();
    expect(stored).toMatchObject({ modelId: embedder.modelId, degraded: null, library: { entries: 4 } });
    expect(stored.candidates[0]).toMatchObject({ id: 'gpu-lost-xid79', signals: 1, trust: 1 });
    expect(stored.records[0]?.denseRank).not.toBeNull();
    expect(stored.records[0]?.wordRank).not.toBeNull();
    expect(stored.references.map(({ id }) => id)).toEqual(['fact-a800-bus']);
    expect(stored.records.map(({ problemkey }) => problemkey)).not.toContain('fact-a800-bus');
  });

  it('lets an index that is away, or that is empty yet, be tried again', async () => {
    await expect(recall(away('unreachable'))).rejects.toMatchObject({ type: 'Unreachable' });
    await expect(recall(plainIndex(0))).rejects.toMatchObject({ type: 'Unreachable' });
  });

  it('does without the index at the last attempt and says so', async () => {
    const { result, stored } = await recall(away('unreachable'), { attempt: timeoutClasses.optional.attemptsMax });
    expect(result.top[0]?.problemkey).toBe('gpu-lost-xid79');
    expect(result.degraded).toMatch(/words alone/);
    expect(stored.modelId).toBeNull();
    expect(stored.records.every(({ denseRank }) => denseRank === null)).toBe(true);
  });

  it('says of an index that stays empty that it is being built', async () => {
    const { result } = await recall(plainIndex(0), { attempt: timeoutClasses.optional.attemptsMax });
    expect(result.degraded).toMatch(/the index is empty: it is being built/);
    expect(result.top[0]?.problemkey).toBe('gpu-lost-xid79');
  });

  it('has time for words when the index and the embeddings server hang', () => {
    const { startToCloseMs } = timeoutClasses.optional;
    expect(2 * searchMsMax).toBeLessThan(startToCloseMs);
    expect(requestMsMax).toBeLessThan(startToCloseMs);
  });

  it('does without it at once where no retry can help, or where the query has no vector', async () => {
    expect((await recall(away('denied'))).result.degraded).toMatch(/denied/);
    expect((await recall(plainIndex(), { embeds: false })).result.degraded).toMatch(/no embedding/);
  });

  it('says when the index is not complete yet, and uses what is there', async () => {
    const { result, stored } = await recall(plainIndex(3));
    expect(result.degraded).toMatch(/3 of 4/);
    expect(stored.modelId).toBe(embedder.modelId);
  });

  it('stores the same bytes on every attempt', async () => {
    const { result } = await recall(plainIndex(), { attempt: 1 });
    expect((await recall(plainIndex(), { attempt: 3 })).result.recall.sha256).toBe(result.recall.sha256);
  });
});

describe('embedQuery', () => {
  it('keeps the vector of what was seen with the model that made it', async () => {
    const { embedded } = await recall(plainIndex());
    expect(embedded).toMatchObject({ modelId: embedder.modelId, prose: kinds.get(lostGpu.id)?.summary });
    expect(embedded.vector).toHaveLength(embedder.dimensions);
  });
});
