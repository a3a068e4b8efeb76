import { ChromaClient } from 'chromadb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createChromaIndex } from '../../../activities/adapters/chroma-index.ts';
import { createHashingEmbedder } from '../../../activities/adapters/hashing-embedder.ts';
import type { Embedder } from '../../../activities/ports.ts';
import { recordSchema, type KnowledgeRecord } from '../../../kb/schemas/record.ts';
import { closedAddress } from '../../support/http-server.ts';
import { startTestChroma, type TestChroma } from '../../support/servers.ts';

let chroma: TestChroma;
beforeAll(async () => {
  chroma = await startTestChroma();
});
afterAll(() => chroma.stop());

function record(problemkey: string, rawtext: string): KnowledgeRecord {
  return recordSchema.parse({
    problemkey,
    rawtext,
    function: 'ask the driver for the GPU',
    result: 'the cause was removed',
    category: 'gpu-fell-off-bus',
    remedy: 'drain the node',
    signals: ['Xid 79'],
    not_this_if: [],
    source: 'https://docs.example.com/thread',
  });
}

const records = [
  record('gpu-lost-xid79', 'NVRM: Xid (PCI:0000:47:00): 79, GPU has fallen off the bus and does not answer any more'),
  record('disk-full-checkpoint', 'OSError: [Errno 28] No space left on device while the checkpoint was being written'),
  record('port-down-timeout', 'mlx5_3 port 1 went down, NCCL WARN NET/IB : Got completion with error 12 from peer'),
];

/** A hashing embedder under a model name of its own, so that each test has its own collection. */
function embedderNamed(modelId: string): Embedder {
  return { ...createHashingEmbedder(), modelId };
}

const indexOf = (embedder: Embedder) =>
  createChromaIndex({ url: chroma.url, embedder, textOf: ({ rawtext }) => rawtext });

async function nearestTo(text: string, embedder: Embedder, count = 3) {
  const [embedding] = await embedder.embed([text]);
  return indexOf(embedder).nearest(embedding ?? [], count);
}

describe('record index in Chroma', () => {
  test('the nearest record of a similar sentence comes first, at a small distance', async () => {
    const embedder = embedderNamed('nearest');
    expect(await indexOf(embedder).ensure(records)).toEqual({ indexed: 3 });
    const found = await nearestTo('kernel: NVRM: Xid 79, GPU has fallen off the bus', embedder);
    expect(found.map(({ problemkey }) => problemkey)[0]).toBe('gpu-lost-xid79');
    expect(found).toHaveLength(3);
    expect(found[0]?.distance).toBeLessThan(found[1]?.distance ?? 0);
    const [same] = await nearestTo(records[1]?.rawtext ?? '', embedder, 1);
    expect(same).toMatchObject({ problemkey: 'disk-full-checkpoint', distance: expect.closeTo(0, 4) });
  });

  test('ensuring the same records again writes nothing', async () => {
    const index = indexOf(embedderNamed('again'));
    await index.ensure(records);
    expect(await index.ensure(records)).toEqual({ indexed: 0 });
  });

  test('a changed record replaces its old version, a removed one disappears', async () => {
    const embedder = embedderNamed('changed');
    await indexOf(embedder).ensure(records);
    const changed = record(
      'gpu-lost-xid79',
      'the GPU is lost, as nvidia-smi says: Unable to determine the device handle',
    );
    expect(await indexOf(embedder).ensure([changed])).toEqual({ indexed: 1 });
    const found = await nearestTo('GPU is lost', embedder, 10);
    expect(found.map(({ problemkey }) => problemkey)).toEqual(['gpu-lost-xid79']);
  });

  test('vectors of two models live in two collections', async () => {
    await indexOf(embedderNamed('org/model-a')).ensure(records);
    await indexOf(embedderNamed('org/model-b')).ensure(records.slice(0, 1));
    const names = (
      await new ChromaClient({ host: '127.0.0.1', port: Number(new URL(chroma.url).port) }).listCollections()
    ).map(({ name }) => name);
    expect(names.filter((name) => name.includes('org-model-'))).toHaveLength(2);
    expect(await nearestTo('anything', embedderNamed('org/model-b'), 10)).toHaveLength(1);
  });

  test('more records than one request takes are indexed in chunks', async () => {
    const many = Array.from({ length: 1_001 }, (_, number) =>
      record(`gpu-lost-${number}`, `record number ${number} of many that were learned from incidents`),
    );
    const short: Embedder = {
      modelId: 'many',
      dimensions: 2,
      embed: async (texts) => texts.map((_, at) => [1, at / texts.length]),
    };
    expect(await indexOf(short).ensure(many)).toEqual({ indexed: 1_001 });
  });

  test('a collection that somebody made with another distance is refused, not used', async () => {
    const embedder = embedderNamed('foreign');
    const client = new ChromaClient({ host: '127.0.0.1', port: Number(new URL(chroma.url).port) });
    await indexOf(embedder).ensure([]);
    const name =
      (await client.listCollections()).map((collection) => collection.name).find((each) => each.includes('foreign')) ??
      '';
    await client.deleteCollection({ name });
    await client.createCollection({ name, configuration: { hnsw: { space: 'l2' } }, embeddingFunction: null });
    await expect(indexOf(embedder).ensure(records)).rejects.toMatchObject({
      kind: 'malformed',
      message: expect.stringContaining(name),
    });
  });

  test('searching before anything was indexed is not found; a server that is away is unreachable', async () => {
    await expect(indexOf(embedderNamed('never')).nearest([1], 1)).rejects.toMatchObject({ kind: 'not-found' });
    const url = await closedAddress();
    const away = createChromaIndex({ url, embedder: createHashingEmbedder(), textOf: ({ rawtext }) => rawtext });
    await expect(away.nearest([1], 1)).rejects.toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining(new URL(url).host),
    });
    await expect(away.ensure(records)).rejects.toMatchObject({ kind: 'unreachable' });
  });

  test('a query with the wrong number of dimensions is refused', async () => {
    const embedder = embedderNamed('dimensions');
    await indexOf(embedder).ensure(records);
    await expect(indexOf(embedder).nearest([1, 2, 3], 1)).rejects.toMatchObject({ name: 'PortError', kind: 'refused' });
  });
});
