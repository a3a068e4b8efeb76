import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Inventory } from '../../../../kb/schemas/inventory.ts';
import { runsFromMetrics } from '../../../../workers/cli/perf/site-runs.ts';
import { sendJson, startHttpServer, type TestHttpServer } from '../../../support/http-server.ts';
import { smallInventory } from '../../../support/small-inventory.ts';

const asked: URLSearchParams[] = [];
let metrics: TestHttpServer;
beforeAll(async () => {
  metrics = await startHttpServer(({ url }, response) => {
    asked.push(url.searchParams);
    const values = Array.from({ length: 60 }, (_, at) => [at * 60, at % 10 === 9 ? '31' : String(8 + 0.01 * (at % 3))]);
    const result = url.searchParams.get('query')?.includes('"pretrain"') === true ? [{ metric: {}, values }] : [];
    sendJson(response, 200, { status: 'success', data: { resultType: 'matrix', result } });
  });
});
afterAll(() => metrics.stop());

function inventory(): Inventory {
  const small = smallInventory();
  const [job] = small.jobs;
  if (job === undefined) throw new Error('the small inventory has a job');
  const training = { gpu: 'A800-SXM4-80GB', gpus: 4 };
  return {
    ...small,
    jobs: [
      { ...job, training },
      { ...job, name: 'quiet', training },
      { ...job, name: 'unknown' },
    ],
  };
}

describe('runs from metrics', () => {
  test('take the healthy step of jobs that say what they train, and name the others', async () => {
    const { from, runs } = await runsFromMetrics({
      inventory: inventory(),
      metricsUrl: metrics.url,
      jobs: null,
      hours: 1,
      nowMs: 7_200_000,
    });
    expect(from).toBe('metrics of pretrain, quiet, unknown');
    expect(runs).toMatchObject([
      { kind: 'run', id: 'pretrain', run: { gpus: 4, measured: { iteration_s: expect.closeTo(8, 1) as number } } },
      { kind: 'unusable', id: 'quiet', reason: '0 steps were measured, at least 15 are needed' },
      { kind: 'unusable', id: 'unknown', reason: expect.stringContaining('`training`') as string },
    ]);
    expect(asked[0]?.get('query')).toBe('training_step_seconds{job="pretrain"}');
    expect([asked[0]?.get('start'), asked[0]?.get('end'), asked[0]?.get('step')]).toEqual(['3600', '7200', '60']);
  });

  test('refuse a job that the inventory does not have', async () => {
    const wanted = { inventory: inventory(), metricsUrl: metrics.url, jobs: ['other'], hours: 1, nowMs: 0 };
    await expect(runsFromMetrics(wanted)).rejects.toMatchObject({ message: 'site-a has no job other' });
  });
});
