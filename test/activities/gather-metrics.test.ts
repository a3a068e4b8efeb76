import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { describe, expect, test } from 'vitest';
import { metricRangeSchema } from '../../activities/evidence-shapes.ts';
import { createGatherMetrics } from '../../activities/gather-metrics.ts';
import { getJson } from '../../activities/json-evidence.ts';
import { metricRange } from '../../activities/metric-range.ts';
import { PortError, type MetricsSource } from '../../activities/ports.ts';
import type { GatheredMetrics, GatherInput } from '../../workflows/domain/phase-data.ts';
import type { Inventory } from '../../kb/schemas/inventory.ts';
import { memoryEvidence } from '../support/memory-stores.ts';
import { smallInventory } from '../support/small-inventory.ts';
import { runActivity } from './run-activity.ts';

/** Four GPUs a metric, last one first; `absent…`, `refused…` and `unreachable…` do what they say. */
const source: MetricsSource = {
  async range({ selector, fromMs, toMs, stepMs }) {
    if (selector.startsWith('absent')) return [];
    if (selector.startsWith('refused')) throw new PortError('refused', `metrics query ${selector}`);
    if (selector.startsWith('unreachable')) throw new PortError('unreachable', `metrics query ${selector}`);
    const steps = Math.floor((toMs - fromMs) / stepMs) + 1;
    return [3, 2, 1, 0].map((gpu) => ({
      name: selector,
      labels: { gpu: String(gpu) },
      points: Array.from({ length: steps }, (_, index) => [fromMs + index * stepMs, gpu] as const),
    }));
  },
};

const input = (metrics: readonly string[], lengthMs = 600_000): GatherInput => ({
  key: { cluster: 'site-a', workflowId: 'incident/site-a/1', runId: 'run' },
  plan: {
    handlerId: 'any',
    job: null,
    nodes: ['node-01'],
    alertAtMs: 500_000,
    fromMs: 0,
    toMs: lengthMs,
    logs: [],
    metrics,
    firstProbes: [],
    knowledgeDigest: '',
    readyInMs: 0,
  },
});

async function gather(
  metrics: readonly string[],
  from: MetricsSource | null = source,
  lengthMs?: number,
  { job = null, inventory = smallInventory() }: { job?: string | null; inventory?: Inventory } = {},
) {
  const evidence = memoryEvidence('logs');
  const activity = createGatherMetrics({
    inventories: new Map([['site-a', inventory]]),
    metrics: () => from,
    evidence,
  });
  const result: GatheredMetrics = await new MockActivityEnvironment(undefined, {
    logger: new DefaultLogger('ERROR'),
  }).run(activity, { ...input(metrics, lengthMs), plan: { ...input(metrics, lengthMs).plan, job } });
  return { result, range: await getJson(evidence, result.range, metricRangeSchema) };
}

describe('gatherMetrics', () => {
  test("steps of another training job are left out, those of a scrape job's name stay", async () => {
    const inventory = smallInventory();
    const [known] = inventory.jobs;
    if (known === undefined) throw new Error('the inventory has no job');
    const two = { ...inventory, jobs: [known, { ...known, name: 'finetune' }] };
    const jobs: MetricsSource = {
      range: async ({ selector, fromMs }) =>
        ['pretrain', 'finetune', 'dcgm-exporter'].map((job) => ({
          name: selector,
          labels: { job },
          points: [[fromMs, 1] as const],
        })),
    };
    const { range } = await gather(['training_step_seconds'], jobs, undefined, { job: 'pretrain', inventory: two });
    expect(new Set(range.series.map(({ labels }) => labels['job']))).toEqual(new Set(['dcgm-exporter', 'pretrain']));
  });

  test('the range holds every series of every metric, in an order that does not depend on the server', async () => {
    const { result, range } = await gather(['power', 'clock']);
    expect(result).toMatchObject({ series: 8, missing: [] });
    expect(range).toMatchObject({ fromMs: 0, toMs: 600_000, alertAtMs: 500_000, stepMs: 15_000 });
    expect(range.series.map(({ name, labels }) => `${name}${labels['gpu']}`)).toEqual([
      'clock0',
      'clock1',
      'clock2',
      'clock3',
      'power0',
      'power1',
      'power2',
      'power3',
    ]);
  });

  test('metrics without series and refused ones are listed as missing', async () => {
    expect((await gather(['absent_metric', 'power', 'refused_metric'])).result).toMatchObject({
      series: 4,
      missing: ['absent_metric', 'refused_metric'],
    });
  });

  test('a cluster without a metrics server has all metrics missing', async () => {
    const { result, range } = await gather(['power'], null);
    expect(result).toMatchObject({ series: 0, missing: ['power'] });
    expect(range.missing).toEqual(['power']);
  });

  test('a long range is taken in longer steps', async () => {
    const { range } = await gather(['power'], source, 30 * 24 * 3_600_000);
    expect(range.stepMs).toBeGreaterThan(15_000);
    expect(range.series[0]?.points.length).toBeLessThanOrEqual(601);
  });

  test('a server that is away fails the attempt as retryable', async () => {
    await expect(gather(['power', 'unreachable_metric'])).rejects.toMatchObject({ type: 'Unreachable' });
  });

  test('goes on until now where that is asked for, and over no more than a day', async () => {
    const evidence = memoryEvidence('logs');
    const dayMs = 24 * 3_600_000;
    const rangeAt = async (nowMs: number) => {
      const clock = { nowMs: () => nowMs };
      const inventories = new Map([['site-a', smallInventory()]]);
      const activity = createGatherMetrics({ inventories, metrics: () => source, evidence, clock });
      const { range } = await runActivity(activity, { ...input(['a']), untilNow: true });
      return getJson(evidence, range, metricRangeSchema);
    };
    expect(await rangeAt(900_000)).toMatchObject({ fromMs: 0, toMs: 900_000, alertAtMs: 500_000 });
    expect(await rangeAt(1)).toMatchObject({ fromMs: 0, toMs: 600_000 });
    expect(await rangeAt(3 * dayMs)).toMatchObject({ fromMs: 2 * dayMs, toMs: 3 * dayMs });
  });

  test('what does not fit is of the metrics that were asked for last', async () => {
    const wide: MetricsSource = {
      async range({ selector, fromMs }) {
        const count = selector === 'z_asked_first' ? 1 : 40;
        return Array.from({ length: count }, (_, gpu) => ({
          name: selector,
          labels: { gpu: String(gpu) },
          points: Array.from({ length: 30_000 }, (_one, at) => [fromMs + at, 1] as const),
        }));
      },
    };
    const wanted = input(['z_asked_first', 'a_asked_last']).plan;
    const { series } = await metricRange(wide, smallInventory(), wanted, new AbortController().signal);
    const names = series.map(({ name }) => name);
    expect(names).toContain('z_asked_first');
    expect(names.length).toBeLessThan(41);
  });
});
