import { describe, expect, it } from 'vitest';
import { createHashingEmbedder } from '../../activities/adapters/hashing-embedder.ts';
import { recallSchema } from '../../activities/evidence-shapes.ts';
import { getJson, putJson } from '../../activities/json-evidence.ts';
import { PortError, type RecordIndex } from '../../activities/ports.ts';
import { createRecallIncidents } from '../../activities/recall-incidents.ts';
import { records } from '../../kb/records/index.ts';
import { recordText } from '../../kb/retrieval/bm25.ts';
import { timeoutClasses } from '../../workflows/domain/timeouts.ts';
import { finding, lostGpu, smallKnowledge } from '../kb/reasoning/small-knowledge.ts';
import { memoryEvidence } from '../support/memory-stores.ts';
import { runActivity } from './run-activity.ts';

const key = { cluster: 'site-a', workflowId: 'incident/site-a/1', runId: 'run' };
const embedder = createHashingEmbedder();

/** The nearest by cosine, computed plainly. */
const plainIndex: RecordIndex = {
  ensure: async () => ({ indexed: 0 }),
  async nearest(embedding, count) {
    const embedded = await embedder.embed(records.map(recordText));
    return records
      .map(({ problemkey }, index) => ({
        problemkey,
        distance: 1 - embedding.reduce((sum, value, slot) => sum + value * (embedded[index]?.[slot] ?? 0), 0),
      }))
      .toSorted((a, b) => a.distance - b.distance)
      .slice(0, count);
  },
};

function brokenIndex(kind: ConstructorParameters<typeof PortError>[0]): RecordIndex {
  const fail = async (): Promise<never> => {
    throw new PortError(kind, 'the index at 127.0.0.1 did not answer');
  };
  return { ensure: fail, nearest: fail };
}

async function recall(index: RecordIndex, attempt = 1) {
  const evidence = memoryEvidence();
  const found = [
    finding(lostGpu, { text: 'NVRM: GPU 0000:b3:00.0: fallen off the bus and is not responding to commands' }),
  ];
  const findings = await putJson(evidence, 'findings', 'site-a', found);
  const activity = createRecallIncidents({ evidence, embedder, index, records, kinds: smallKnowledge.kinds });
  const result = await runActivity(activity, { key, findings }, attempt);
  return { result, stored: await getJson(evidence, result.recall, recallSchema) };
}

describe('recallIncidents', () => {
  it('finds the like incident by both ways and says which model it used', async () => {
    const { result, stored } = await recall(plainIndex);
    expect(result.top[0]).toMatchObject({ problemkey: 'gpu-off-bus-without-xid', category: 'gpu-fell-off-bus' });
    expect(result.degraded).toBeNull();
    expect(stored).toMatchObject({ modelId: embedder.modelId, degraded: null });
    expect(stored.records[0]?.denseRank).not.toBeNull();
    expect(stored.records[0]?.wordRank).not.toBeNull();
  });

  it('lets an index that is away be tried again', async () => {
    await expect(recall(brokenIndex('unreachable'), 1)).rejects.toMatchObject({ type: 'Unreachable' });
  });

  it('does without the index at the last attempt and says so', async () => {
    const { result, stored } = await recall(brokenIndex('unreachable'), timeoutClasses.optional.attemptsMax);
    expect(result.top[0]?.problemkey).toBe('gpu-off-bus-without-xid');
    expect(result.degraded).toMatch(/words alone/);
    expect(stored.modelId).toBeNull();
    expect(stored.records.every(({ denseRank }) => denseRank === null)).toBe(true);
  });

  it('does without the index at once where no retry can help', async () => {
    expect((await recall(brokenIndex('denied'), 1)).result.degraded).toMatch(/denied/);
  });

  it('stores the same bytes on every attempt', async () => {
    expect((await recall(plainIndex, 1)).result.recall.sha256).toBe((await recall(plainIndex, 3)).result.recall.sha256);
  });
});
