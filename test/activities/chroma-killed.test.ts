import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createChromaIndex } from '../../activities/adapters/chroma-index.ts';
import { createHashingEmbedder } from '../../activities/adapters/hashing-embedder.ts';
import { createEmbedQuery } from '../../activities/embed-query.ts';
import { createIndexKnowledge } from '../../activities/index-knowledge.ts';
import { putJson } from '../../activities/json-evidence.ts';
import type { Embedder, RecallIndex } from '../../activities/ports.ts';
import { createRecallIncidents } from '../../activities/recall-incidents.ts';
import { recallLibrary, type OpenedLibrary } from '../../activities/recall-library.ts';
import { searchLibrary } from '../../activities/recall-search.ts';
import { queryOfText } from '../../kb/retrieval/query.ts';
import { taskQueues } from '../../workflows/domain/ids.ts';
import { timeoutClasses } from '../../workflows/domain/timeouts.ts';
import type { indexKnowledge } from '../../workflows/index-knowledge.ts';
import { finding, lostGpu, smallKnowledge } from '../kb/reasoning/small-knowledge.ts';
import { openWorld, type IncidentWorld } from '../support/incident-world.ts';
import { memoryEvidence } from '../support/memory-stores.ts';
import { recallable, threeIncidents } from '../support/recallables.ts';
import { startTestChroma, type TestChroma } from '../support/servers.ts';
import { runActivity } from './run-activity.ts';

/** A real Chroma server, killed with SIGKILL where it hurts, and started again on its data as `wardround up` does. */
let chroma: TestChroma;
let opened: OpenedLibrary;
const entries = [
  ...threeIncidents,
  ...Array.from({ length: 247 }, (_unused, number) => recallable(`case-${number}`, `case ${number} of its kind`)),
];
const embedder = createHashingEmbedder();
const msMax = 30_000;

beforeAll(async () => {
  opened = await recallLibrary(async () => entries)();
});
beforeEach(async () => {
  chroma = await startTestChroma();
});
afterEach(() => chroma.stop());

const indexWith = (by: Embedder = embedder): RecallIndex =>
  createChromaIndex({ url: chroma.url, embedder: by, base: 'site-a' });
const answers = (): Promise<unknown> =>
  vi.waitUntil(
    () =>
      indexWith()
        .state(entries)
        .catch(() => false),
    { timeout: msMax, interval: 100 },
  );

/** Kills the server at the third of four chunks, once: two are written, one is embedded. */
function killingEmbedder(): Embedder {
  let chunks = 0;
  return {
    ...embedder,
    async embed(texts) {
      chunks += 1;
      if (chunks === 3) process.kill(chroma.pid(), 'SIGKILL');
      return embedder.embed(texts);
    },
  };
}

/** The same index, whose server stops answering at a search and is killed while the search waits for it. */
function killedAtSearch(): RecallIndex {
  const index = indexWith();
  return {
    ...index,
    nearest(embedding, options) {
      const pid = chroma.pid();
      process.kill(pid, 'SIGSTOP');
      setTimeout(() => process.kill(pid, 'SIGKILL'), 50);
      return index.nearest(embedding, options);
    },
  };
}

describe('Chroma killed in the middle of indexing', () => {
  it('keeps what was written; a second run adds the rest and nothing twice', async () => {
    await expect(indexWith(killingEmbedder()).sync(entries)).rejects.toMatchObject({
      kind: 'unreachable',
      message: expect.stringMatching(/^writing to .* the Chroma server cannot be reached$/),
    });
    await answers();
    expect(await indexWith().state(entries)).toMatchObject({ indexed: 128, wanted: 250 });
    expect(await indexWith().sync(entries)).toEqual({ added: 122, removed: 0, kept: 128 });
    expect(await indexWith().state(entries)).toMatchObject({ indexed: 250, wanted: 250 });
  });

  describe('by the workflow that keeps it in step', () => {
    let world: IncidentWorld;
    beforeAll(async () => {
      world = await openWorld();
    });
    afterAll(() => world.close());

    it('is tried again until it is complete', async () => {
      const activity = createIndexKnowledge({ index: indexWith(killingEmbedder()), library: async () => opened });
      const stopWorkers = await world.startWorkers({ indexKnowledge: activity });
      try {
        const result = await world.client.workflow.execute<typeof indexKnowledge>('indexKnowledge', {
          workflowId: 'index-under-kill',
          taskQueue: taskQueues.incidents,
          args: [],
        });
        expect(result).toEqual({ added: 122, removed: 0, kept: 128, digest: opened.digest });
      } finally {
        await stopWorkers();
      }
      expect(await indexWith().state(entries)).toMatchObject({ indexed: 250, wanted: 250 });
    }, 60_000);
  });
});

describe('Chroma killed in the middle of a query', () => {
  const searched = (index: RecallIndex) =>
    searchLibrary(opened, queryOfText('GPU has fallen off the bus', []), {
      vectors: { kind: 'open', embedder, index },
      filter: {},
      count: 3,
      nowMs: () => performance.now(),
    });

  it('a search answers by words alone and says why; when the server is back nothing is lost', async () => {
    await indexWith().sync(entries);
    const killed = await searched(killedAtSearch());
    expect(killed.degraded).toMatch(/^searching .* the Chroma server cannot be reached; searched by words alone$/);
    expect(killed.modelId).toBeNull();
    expect(killed.hits[0]).toMatchObject({ id: 'gpu-lost-xid79', dense: null });
    await answers();
    const after = await searched(indexWith());
    expect(after.degraded).toBeNull();
    expect(after.hits[0]).toMatchObject({ id: 'gpu-lost-xid79', dense: { rank: 1 } });
    expect(await indexWith().sync(entries)).toEqual({ added: 0, removed: 0, kept: 250 });
  });

  it('an incident recalls at the next attempt with vectors, at the last one by words alone', async () => {
    await indexWith().sync(entries);
    const evidence = memoryEvidence();
    const key = { cluster: 'site-a', workflowId: 'incident/site-a/1', runId: 'run' };
    const { kinds } = smallKnowledge;
    const findings = await putJson(evidence, 'findings', 'site-a', [
      finding(lostGpu, { text: 'GPU has fallen off the bus' }),
    ]);
    const embedQuery = createEmbedQuery({ evidence, embedder: async () => embedder, kinds });
    const { embedding } = await runActivity(embedQuery, { key, findings });
    const recall = (index: RecallIndex, attempt: number) =>
      runActivity(
        createRecallIncidents({ evidence, index, library: async () => opened, inventories: new Map(), kinds }),
        { key, findings, embedding },
        attempt,
      );

    await expect(recall(killedAtSearch(), 1)).rejects.toMatchObject({ type: 'Unreachable' });
    await answers();
    const next = await recall(indexWith(), 2);
    expect(next.degraded).toBeNull();
    expect(next.top[0]?.problemkey).toBe('gpu-lost-xid79');
    const last = await recall(killedAtSearch(), timeoutClasses.optional.attemptsMax);
    expect(last.degraded).toBe('dense retrieval left out (unreachable); searched by words alone');
    expect(last.top[0]?.problemkey).toBe('gpu-lost-xid79');
  });
});
