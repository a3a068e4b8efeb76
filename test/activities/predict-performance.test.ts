import { describe, expect, it } from 'vitest';
import { createGatherLogs } from '../../activities/gather-logs.ts';
import { getJson } from '../../activities/json-evidence.ts';
import { createPredictPerformance } from '../../activities/predict-performance.ts';
import { predictionDocumentSchema } from '../../activities/prediction-document.ts';
import { derivations } from '../../activities/audit/rederive/derivations.ts';
import { knowledge } from '../../kb/reasoning/index.ts';
import type { PredictInput } from '../../workflows/domain/phase-data.ts';
import { memoryEvidence, memoryLogs } from '../support/memory-stores.ts';
import { rankKey } from '../support/small-inventory.ts';
import { calibrationStore, inventoryWith, key, plan, printedArguments, training } from './performance-world.ts';
import { runActivity } from './run-activity.ts';

const clock = { nowMs: () => 1_790_010_000_000 };

function world({
  run = training,
  files = {},
  calibration = calibrationStore(),
}: {
  run?: typeof training | null;
  files?: Readonly<Record<string, string>>;
  calibration?: ReturnType<typeof calibrationStore>;
} = {}) {
  const evidence = memoryEvidence('logs');
  const store = memoryLogs(files);
  const inventories = new Map([['site-a', inventoryWith(run ?? undefined)]]);
  const ports = { evidence, inventories, logs: () => store, calibration, clock };
  return {
    evidence,
    store,
    predict: (input: Partial<PredictInput> = {}) =>
      runActivity(createPredictPerformance(ports), { cluster: 'site-a', job: 'pretrain', ...input }),
    gathered: () => runActivity(createGatherLogs(ports), { key, plan }),
    inventories,
  };
}

describe('predictPerformance', () => {
  it("takes a job's shape from the inventory and keeps what it stands on", async () => {
    const { evidence, predict, store } = world();
    const result = await predict();
    const document = await getJson(evidence, result.prediction, predictionDocumentSchema);
    expect(document.run).toEqual(training);
    expect(document.origins).toMatchObject([{ from: 'inventory', fields: expect.arrayContaining(['layers', 'tp']) }]);
    expect(result.predicted?.stepMs).toBe(Math.round(1000 * (document.prediction?.iterationSeconds ?? 0)));
    expect(result.predicted?.lowMs).toBeLessThan(result.predicted?.stepMs ?? 0);
    expect(result.summary).toContain('pretrain should take');
    expect(store.listed).toEqual([]);
  });

  it('is the same on every attempt, and follows again from what was stored', async () => {
    const { predict, evidence, inventories, store } = world();
    const recorded = await predict();
    expect(await predict()).toEqual(recorded);
    const derived = await derivations['predictPerformance']?.derive(
      { evidence, logs: () => store, inventories, knowledge, bytesOf: () => null },
      {
        type: 'predictPerformance',
        input: [{ cluster: 'site-a', job: 'pretrain' }],
        attempt: 1,
        scheduledAtMs: 0,
      } as never,
      recorded,
    );
    expect(derived).toEqual(recorded);
  });

  it('reads the arguments that rank 0 printed in a gathered window, and where the ranks are', async () => {
    const at = plan.alertAtMs - 120_000;
    const windowFromMs = Math.floor(at / 60_000) * 60_000;
    const { evidence, predict, gathered } = world({
      run: null,
      files: { [rankKey(0, windowFromMs)]: printedArguments, [rankKey(1, windowFromMs)]: 'rank 1 prints none' },
    });
    const { prediction, predicted } = await predict({ logs: await gathered() });
    const document = await getJson(evidence, prediction, predictionDocumentSchema);
    expect(document.run).toMatchObject({ gpu: 'NVIDIA A800-SXM4-80GB', gpus: 4, layers: 20, hidden: 5120, tp: 2 });
    expect(document.origins).toMatchObject([
      { from: 'placement', fields: ['gpu', 'gpus', 'nodes'] },
      { from: 'log', source: rankKey(0, windowFromMs), sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    ]);
    expect(predicted?.stepMs).toBeGreaterThan(0);
  });

  it('looks for them in the first windows of the job, where the gathered ones begin later', async () => {
    const lines = printedArguments.split('\n');
    const [head, tail] = [lines.slice(0, 7), lines.slice(7)].map((some) => `${some.join('\n')}\n`);
    const { evidence, predict, store } = world({
      run: null,
      files: { [rankKey(0, 120_000)]: head ?? '', [rankKey(0, 180_000)]: tail ?? '', [rankKey(0, 240_000)]: 'steps' },
    });
    const document = await getJson(evidence, (await predict()).prediction, predictionDocumentSchema);
    expect(document.run).toMatchObject({ hidden: 5120, tp: 2, seq: 2048 });
    expect(store.listed).toEqual(['logs/site-a/pretrain/rank-00000/']);
  });

  it('says so where nobody knows what the job trains', async () => {
    const { predict } = world({ run: null, files: { [rankKey(0, 60_000)]: 'no arguments here' } });
    expect(await predict()).toMatchObject({ predicted: null, summary: expect.stringContaining('is not known') });
  });

  it('names the field of a run that cannot be, and takes a given one instead of the known', async () => {
    const { predict } = world();
    const refused = await predict({ run: { ...training, gpu: 'Abacus 9000' } });
    expect(refused).toMatchObject({ predicted: null, summary: expect.stringContaining('gpu: ') });
    await expect(predict({ run: { gpus: 4 } })).rejects.toMatchObject({ type: 'Malformed' });
    const half = await predict({ run: { ...training, layers: 10 } });
    expect(half.predicted?.stepMs).toBeLessThan((await predict()).predicted?.stepMs ?? 0);
  });

  it('fails for good without the job, and again later where the calibration is away', async () => {
    await expect(world().predict({ job: 'finetune' })).rejects.toMatchObject({
      type: 'NotFound',
      message: expect.stringContaining('known: pretrain'),
    });
    await expect(world({ calibration: calibrationStore('unreachable') }).predict()).rejects.toMatchObject({
      type: 'Unreachable',
    });
  });
});
