import { ChromaClient } from 'chromadb';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { createChromaIndex } from '../../../activities/adapters/chroma-index.ts';
import { createHashingEmbedder } from '../../../activities/adapters/hashing-embedder.ts';
import type { Embedder } from '../../../activities/ports.ts';
import type { RecallFilter } from '../../../kb/retrieval/filter.ts';
import { closedAddress } from '../../support/http-server.ts';
import { recallable, threeIncidents } from '../../support/recallables.ts';
import { startTestChroma, type TestChroma } from '../../support/servers.ts';

let chroma: TestChroma;
beforeAll(async () => {
  chroma = await startTestChroma();
});
afterAll(() => chroma.stop());

/** A hashing embedder under a model name of its own, so that each test has its own collection. */
function embedderNamed(modelId: string): Embedder {
  return { ...createHashingEmbedder(), modelId };
}

const indexOf = (embedder: Embedder, base = 'site-a') => createChromaIndex({ url: chroma.url, embedder, base });
const client = () => new ChromaClient({ host: '127.0.0.1', port: Number(new URL(chroma.url).port) });

async function nearestTo(text: string, embedder: Embedder, filter: RecallFilter = {}, count = 3) {
  const [embedding] = await embedder.embed([text]);
  return indexOf(embedder).nearest(embedding ?? [], { count, filter });
}

describe('the index in Chroma', () => {
  test('the nearest entry of a similar sentence comes first', async () => {
    const embedder = embedderNamed('nearest');
    expect(await indexOf(embedder).sync(threeIncidents)).toEqual({ added: 3, removed: 0, kept: 0 });
    const found = await nearestTo('kernel: NVRM: Xid 79, GPU has fallen off the bus', embedder);
    expect(found.map(({ id }) => id)[0]).toBe('gpu-lost-xid79');
    expect(found).toHaveLength(3);
    expect(found[0]?.score).toBeGreaterThan(found[1]?.score ?? 1);
    const [same] = await nearestTo(threeIncidents[1]?.text ?? '', embedder, {}, 1);
    expect(same).toMatchObject({ id: 'disk-full-checkpoint', score: expect.closeTo(1, 4) });
  });

  test('filters by category, kind, component, and by generation where the cause goes with it', async () => {
    const embedder = embedderNamed('filters');
    await indexOf(embedder).sync([
      ...threeIncidents,
      recallable('a800-nvlink', 'NVLink of the A800', { kind: 'fact', category: null }),
    ]);
    const ids = async (filter: RecallFilter) =>
      (await nearestTo('trouble', embedder, filter, 10)).map(({ id }) => id).toSorted();
    expect(await ids({ categories: ['disk-full', 'rdma-link-fault'] })).toEqual([
      'disk-full-checkpoint',
      'port-down-timeout',
    ]);
    expect(await ids({ kinds: ['fact'] })).toEqual(['a800-nvlink']);
    expect(await ids({ components: ['hca', 'disk'] })).toEqual(['disk-full-checkpoint', 'port-down-timeout']);
    // A GPU that was lost on Ampere is no case for Hopper; a port that was lost beside Hopper is one for anybody.
    expect(await ids({ generation: 'hopper' })).toEqual(['a800-nvlink', 'disk-full-checkpoint', 'port-down-timeout']);
    expect(await ids({ generation: 'ampere', kinds: ['incident'] })).toHaveLength(3);
  });

  test('a second sync writes nothing; a changed entry replaces its old version, a removed one disappears', async () => {
    const embedder = embedderNamed('changed');
    await indexOf(embedder).sync(threeIncidents);
    expect(await indexOf(embedder).sync(threeIncidents)).toEqual({ added: 0, removed: 0, kept: 3 });
    const changed = recallable('gpu-lost-xid79', 'the GPU is lost: Unable to determine the device handle');
    expect(await indexOf(embedder).sync([changed])).toEqual({ added: 1, removed: 3, kept: 0 });
    expect((await nearestTo('GPU is lost', embedder, {}, 10)).map(({ id }) => id)).toEqual(['gpu-lost-xid79']);
  });

  test('an index that was cut short goes on where it was, and says how far it is', async () => {
    const embedder = embedderNamed('cut-short');
    const many = Array.from({ length: 150 }, (_unused, number) => recallable(`lost-${number}`, `case ${number}`));
    const stop = new AbortController();
    const progress = (done: number): void => (done >= 64 ? stop.abort(new Error('killed')) : undefined);
    await expect(indexOf(embedder).sync(many, { signal: stop.signal, progress })).rejects.toThrow('killed');
    const between = await indexOf(embedder).state(many);
    expect(between.indexed).toBeGreaterThanOrEqual(64);
    expect(between.indexed).toBeLessThan(150);
    expect(await indexOf(embedder).sync(many)).toEqual({
      added: 150 - between.indexed,
      removed: 0,
      kept: between.indexed,
    });
    expect(await indexOf(embedder).state(many)).toMatchObject({ indexed: 150, wanted: 150, modelId: 'cut-short' });
  });

  test('indexing goes on for longer than one call may last', async () => {
    // While texts are embedded, the time of every call made so far runs out.
    const issued: AbortController[] = [];
    const timeouts = vi.spyOn(AbortSignal, 'timeout').mockImplementation(() => {
      const one = new AbortController();
      issued.push(one);
      return one.signal;
    });
    onTestFinished(() => timeouts.mockRestore());
    const embedder = embedderNamed('slow');
    const slow: Embedder = {
      ...embedder,
      embed(texts) {
        for (const one of issued) one.abort();
        return embedder.embed(texts);
      },
    };
    const many = Array.from({ length: 150 }, (_unused, number) => recallable(`slow-${number}`, `case ${number}`));
    expect(await indexOf(slow).sync(many)).toEqual({ added: 150, removed: 0, kept: 0 });
  });

  test('vectors of two models live in two collections', async () => {
    await indexOf(embedderNamed('org/model-a')).sync(threeIncidents);
    await indexOf(embedderNamed('org/model-b')).sync(threeIncidents.slice(0, 1));
    const names = (await client().listCollections()).map(({ name }) => name);
    expect(names.filter((name) => name.includes('org-model-'))).toHaveLength(2);
    expect(await nearestTo('anything', embedderNamed('org/model-b'), {}, 10)).toHaveLength(1);
  });

  test('two bases on one server leave the entries of the other alone', async () => {
    const embedder = embedderNamed('shared');
    await indexOf(embedder, 'site-a').sync(threeIncidents);
    await indexOf(embedder, 'site-b').sync(threeIncidents.slice(0, 1));
    expect(await indexOf(embedder, 'site-a').state(threeIncidents)).toMatchObject({ indexed: 3, wanted: 3 });
    expect(await indexOf(embedder, 'site-b').state(threeIncidents)).toMatchObject({ indexed: 1, wanted: 3 });
  });

  test('a server that loses what it has taken is no success: the next attempt adds it again', async () => {
    const plain = embedderNamed('forgetful');
    const many = Array.from({ length: 150 }, (_unused, number) => recallable(`gone-${number}`, `case ${number}`));
    let chunks = 0;
    const losing: Embedder = {
      ...plain,
      async embed(texts) {
        chunks += 1;
        if (chunks === 3) await indexOf(plain).drop();
        return plain.embed(texts);
      },
    };
    await expect(indexOf(losing).sync(many)).rejects.toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining('lost 128 of 150 entries'),
    });
    expect(await indexOf(losing).sync(many)).toEqual({ added: 128, removed: 0, kept: 22 });
  });

  test('nothing is one of none, and what has no direction is near to nothing', async () => {
    const embedder = embedderNamed('none');
    await indexOf(embedder).sync(threeIncidents);
    for (const filter of [{ kinds: [] }, { categories: [] }, { components: [] }])
      expect(await nearestTo('trouble', embedder, filter)).toEqual([]);
    expect(await nearestTo('的', embedder)).toEqual([]);
  });

  test('entries that are equally near come in the order of their ids', async () => {
    const embedder = embedderNamed('ties');
    const same = ['d', 'b', 'e', 'a', 'c'].map((id) => recallable(id, 'one and the same text'));
    await indexOf(embedder).sync(same);
    const found = await nearestTo('the same text', embedder, {}, 5);
    expect(found.map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  test('a collection that another embedder made is refused with the way out, and can be made again', async () => {
    const embedder = embedderNamed('foreign');
    await indexOf(embedder).sync(threeIncidents);
    const { collection: name } = await indexOf(embedder).state(threeIncidents);
    await client().deleteCollection({ name });
    await client().createCollection({
      name,
      configuration: { hnsw: { space: 'cosine' } },
      metadata: { modelId: 'another', dimensions: 3 },
      embeddingFunction: null,
    });
    const refusal = { kind: 'malformed', message: expect.stringMatching(/another.*kb index --rebuild/) };
    await expect(indexOf(embedder).sync(threeIncidents)).rejects.toMatchObject(refusal);
    await expect(nearestTo('anything', embedder)).rejects.toMatchObject(refusal);
    await expect(indexOf(embedder).state(threeIncidents)).rejects.toMatchObject(refusal);
    await indexOf(embedder).drop();
    expect(await indexOf(embedder).sync(threeIncidents)).toMatchObject({ added: 3 });
  });

  test('a query of another dimension is refused before it is sent', async () => {
    const embedder = embedderNamed('dimensions');
    await indexOf(embedder).sync(threeIncidents);
    await expect(indexOf(embedder).nearest([1, 2, 3], { count: 1, filter: {} })).rejects.toMatchObject({
      name: 'PortError',
      kind: 'malformed',
      message: expect.stringContaining('3 dimensions'),
    });
  });

  test('searching before anything was indexed is not found; a server that is away is unreachable', async () => {
    await expect(nearestTo('x', embedderNamed('never'))).rejects.toMatchObject({ kind: 'not-found' });
    expect(await indexOf(embedderNamed('never')).state(threeIncidents)).toMatchObject({ indexed: 0, wanted: 3 });
    const url = await closedAddress();
    const away = createChromaIndex({ url, embedder: createHashingEmbedder(), base: 'site-a' });
    await expect(away.sync(threeIncidents)).rejects.toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining(new URL(url).host),
    });
  });
});
