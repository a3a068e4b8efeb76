import { describe, expect, it } from 'vitest';
import { createComparePerformance } from '../../activities/compare-performance.ts';
import { derivations } from '../../activities/audit/rederive/derivations.ts';
import { inActivity } from '../../activities/audit/rederive/in-activity.ts';
import { findingsSchema, performanceSchema } from '../../activities/evidence-shapes.ts';
import { createGatherLogs } from '../../activities/gather-logs.ts';
import { getJson, putJson } from '../../activities/json-evidence.ts';
import { createPredictPerformance } from '../../activities/predict-performance.ts';
import { predictionDocumentSchema } from '../../activities/prediction-document.ts';
import { createReasonRound } from '../../activities/reason-round.ts';
import { knowledge } from '../../kb/reasoning/index.ts';
import type { MetricRange } from '../../kb/schemas/metric.ts';
import { slowJob } from '../kb/reasoning/slow-job.ts';
import { memoryEvidence, memoryLogs } from '../support/memory-stores.ts';
import { rankKey } from '../support/small-inventory.ts';
import { calibrationStore, inventoryWith, key, metrics, plan, training } from './performance-world.ts';
import { runActivity } from './run-activity.ts';

const clock = { nowMs: () => plan.toMs + 3_600_000 };

async function world(range: MetricRange | null = metrics.range, files: Readonly<Record<string, string>> = {}) {
  const evidence = memoryEvidence('logs');
  const inventories = new Map([['site-a', inventoryWith(training)]]);
  const store = memoryLogs(files);
  const ports = { evidence, inventories, logs: () => store, calibration: calibrationStore(), clock };
  const { prediction } = await runActivity(createPredictPerformance(ports), { cluster: 'site-a', job: 'pretrain' });
  const gathered =
    range === null ? null : { range: await putJson(evidence, 'metric-range', 'site-a', range), series: 1, missing: [] };
  const logs = Object.keys(files).length === 0 ? null : await runActivity(createGatherLogs(ports), { key, plan });
  const input = { key, plan, metrics: gathered, logs, prediction };
  return { ...ports, prediction, input, compare: createComparePerformance(ports) };
}

/** With steps that take as long as the prediction says, so that only what is drawn is slow. */
async function asPredicted(slow: Parameters<typeof slowJob>[0]): Promise<MetricRange> {
  const { evidence, prediction } = await world(null);
  const { prediction: found } = await getJson(evidence, prediction, predictionDocumentSchema);
  if (found === null) throw new Error('the job can not be predicted');
  const { range } = slowJob(slow, 2);
  const scale = found.iterationSeconds / 4.1;
  return {
    ...range,
    series: range.series.map((series) =>
      series.name === 'training_step_seconds'
        ? {
            ...series,
            labels: { job: 'pretrain' },
            points: series.points.map(([at, value]) => [at, value * scale] as const),
          }
        : series,
    ),
  };
}
describe('comparePerformance', () => {
  it('names how slow, since when and by which yardsticks, and what reasoning reads of it', async () => {
    const { compare, input, evidence } = await world(await asPredicted({ node: 'node-02', gpu: 1 }));
    const result = await runActivity(compare, input);
    expect(result.slowdownRatio).toBeGreaterThan(2.5);
    expect(result.comparison).toMatchObject({
      verdict: 'slow',
      component: 'compute-clock',
      node: 'node-02',
      device: { index: 1 },
      prediction: input.prediction,
    });
    expect(result.comparison?.tiers).toEqual(expect.arrayContaining(['absolute', 'history']));
    expect(Math.abs((result.comparison?.sinceMs ?? 0) - metrics.changeAtMs)).toBeLessThanOrEqual(60_000);
    const stored = await getJson(evidence, result.performance, performanceSchema);
    expect(stored.compared?.alarms.length).toBeGreaterThan(1);
    expect(stored.compared?.thresholds.join(' ')).toContain('false alarms a day');
    const joined = result.comparison?.findings;
    expect(joined && (await getJson(evidence, joined, findingsSchema))).toEqual(stored.findings);
    expect(stored.findings.map(({ kind }) => kind)).toContain('performance.job.slow');
  });

  it('is the same on every attempt, and is derived again from the recorded evidence', async () => {
    const { compare, input, ...rest } = await world(await asPredicted({ node: 'node-02', gpu: 1 }));
    const recorded = await runActivity(compare, input, 1);
    expect(await runActivity(compare, input, 2)).toEqual(recorded);
    const derived = await inActivity({ type: 'comparePerformance', attempt: 1, scheduledAtMs: 0 }, () =>
      Promise.resolve(
        derivations['comparePerformance']?.derive(
          { ...rest, knowledge, bytesOf: () => null },
          { type: 'comparePerformance', input: [input], attempt: 1, scheduledAtMs: 0 } as never,
          recorded,
        ),
      ),
    );
    expect(derived).toEqual(recorded);
  });

  it('calls a job normal that steps as predicted, and says what was measured beside what was predicted', async () => {
    const { compare, input } = await world(await asPredicted(null));
    const { comparison, measuredStepMs } = await runActivity(compare, input);
    expect(comparison).toMatchObject({ verdict: 'normal', tiers: [], component: null, powerWattsPerGpu: 345 });
    expect(Math.abs((measuredStepMs ?? 0) / (comparison?.predicted?.stepMs ?? 1) - 1)).toBeLessThan(0.03);
  });

  it('finds a job that was slow from its first step, which its own history cannot', async () => {
    const normal = await asPredicted(null);
    const threefold = {
      ...normal,
      series: normal.series.map((series) =>
        series.name === 'training_step_seconds'
          ? { ...series, points: series.points.map(([at, value]) => [at, 3 * value] as const) }
          : series,
      ),
    };
    const { compare, input } = await world(threefold);
    const withPrediction = await runActivity(compare, input);
    expect(withPrediction.comparison).toMatchObject({ verdict: 'slow', tiers: ['absolute'] });
    const without = await runActivity(compare, { ...input, prediction: null });
    expect(without.comparison).toMatchObject({ verdict: 'normal', predicted: null });
  });

  it('takes no pause for slowness that the log calls a checkpoint', async () => {
    const normal = await asPredicted(null);
    const { alertAtMs } = normal;
    const saving = {
      ...normal,
      series: normal.series.map((series) =>
        series.name === 'training_step_seconds'
          ? {
              ...series,
              points: series.points.map(([at, value]) => [at, at >= alertAtMs ? 12 * value : value] as const),
            }
          : series,
      ),
    };
    const line = (atMs: number, text: string) =>
      `[${new Date(atMs).toISOString().slice(0, 19).replace('T', ' ')}] ${text}\n`;
    const windowMs = Math.floor((alertAtMs - 60_000) / 60_000) * 60_000;
    const text = line(windowMs + 1_000, 'saving checkpoint at iteration    1000 to /data/run/ckpt');
    const { compare, input, evidence } = await world(saving, { [rankKey(0, windowMs)]: text });
    const excused = await runActivity(compare, input);
    expect(excused.comparison?.verdict).toBe('suppressed');
    const stored = await getJson(evidence, excused.performance, performanceSchema);
    expect(stored.compared?.phases).toEqual([{ kind: 'checkpoint', fromMs: windowMs + 1_000, toMs: null }]);
    const unexcused = await runActivity(compare, { ...input, logs: null });
    expect(unexcused.comparison?.verdict).toBe('slow');
  });

  it('goes on without metrics and without a window that is gone', async () => {
    const { compare, input } = await world(null);
    const result = await runActivity(compare, input);
    expect(result).toMatchObject({ slowdownRatio: null, comparison: { verdict: 'unmeasured' } });
    expect(result.comparison?.predicted?.stepMs).toBeGreaterThan(0);
    const windowMs = Math.floor((plan.alertAtMs - 60_000) / 60_000) * 60_000;
    const gone = await world(metrics.range, { [rankKey(0, windowMs)]: 'steps' });
    const { comparison } = await runActivity(
      createComparePerformance({ ...gone, logs: () => memoryLogs({}) }),
      gone.input,
    );
    expect(comparison?.verdict).toBe('slow');
  });

  it('is read by a round as the older check was', async () => {
    const { compare, input, evidence, inventories } = await world(await asPredicted({ node: 'node-02', gpu: 1 }));
    const { performance } = await runActivity(compare, input);
    const round = {
      key,
      plan,
      round: 1 as const,
      findings: [await putJson(evidence, 'findings', 'site-a', [])],
      recall: null,
      performance,
      previousGraph: null,
      probesRun: [],
      compares: true as const,
    };
    const reasonRound = createReasonRound({ evidence, inventories, knowledge });
    const { hypotheses } = await runActivity(reasonRound, round);
    expect(hypotheses[0]).toMatchObject({ category: 'gpu-clock-throttle' });
    const second = await runActivity(reasonRound, { ...round, round: 2, performance: null });
    expect(second.wantedProbes.map(({ probeId }) => probeId)).not.toContain('performance.compare');
  });
});
