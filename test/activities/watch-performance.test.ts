import { afterEach, describe, expect, it, vi } from 'vitest';
import { PortError, type MetricsSource } from '../../activities/ports.ts';
import { createWatchPerformance } from '../../activities/watch-performance.ts';
import type { Expectation } from '../../activities/watch-expectation.ts';
import { stepTerms, type Prediction } from '../../kb/performance/prediction.ts';
import type { MetricSeries } from '../../kb/schemas/metric.ts';
import { defaultWatchSettings, historyBytesMax, type Look, type LookInput } from '../../workflows/domain/perf-watch.ts';
import { smallInventory } from '../support/small-inventory.ts';
import { runActivity } from './run-activity.ts';

type Looked = Extract<Look, { kind: 'looked' }>;

const [only] = smallInventory().jobs;
if (only === undefined) throw new Error('the small inventory has a job');
const inventory = smallInventory({ jobs: [only, { ...only, name: 'finetune' }] });
const startMs = 1_790_000_000_000;
const minute = 60_000;

const prediction: Prediction = {
  iterationSeconds: 8.4,
  tokensPerSecond: 14_700,
  modelTflopsPerGpu: 140,
  hardwareTflopsPerGpu: 150,
  low: 6.5,
  high: 10.8,
  sigma: 0.15,
  // Only the sum is read.
  breakdown: { ...(Object.fromEntries(stepTerms.map((term) => [term, 0])) as Prediction['breakdown']), matmul: 8.4 },
  powerWattsPerGpu: 342,
  memoryGibPerGpu: 60,
  assumed: [],
};

function expectation(predicted: Prediction | null): Expectation {
  return {
    document: {
      run: null,
      prediction: predicted,
      calibration: { site: null, slowestShare: null, used: [], stale: [] },
    },
    degraded: predicted === null ? ['no prediction: nobody says what the job trains'] : [],
  };
}

interface World {
  /** Seconds of the step that ends at a moment. */
  readonly step: (atMs: number) => number;
  /** The job is started anew at this moment: its steps count on from an earlier one. */
  readonly restartMs?: number;
  readonly clock?: (node: string, gpu: string) => number;
  readonly fails?: (selector: string) => PortError | null;
}

/** Steps one after the other, read as a gauge; GPUs of both nodes; another job that is very slow. */
function metricsOf({
  step,
  restartMs = Infinity,
  clock = () => 1_410,
  fails = () => null,
}: World): MetricsSource & { asked: string[] } {
  const ends: { atMs: number; seconds: number }[] = [];
  for (let atMs = startMs - 120 * minute; atMs < startMs + 60 * minute;) {
    const seconds = step(atMs) * (1 + 0.005 * Math.sin(ends.length * 1.7));
    atMs += 1000 * seconds;
    ends.push({ atMs, seconds });
  }
  const asked: string[] = [];
  return {
    asked,
    async range({ selector, fromMs, toMs, stepMs }) {
      asked.push(selector);
      const failure = fails(selector);
      if (failure !== null) throw failure;
      const times = Array.from(
        { length: Math.floor((toMs - fromMs) / stepMs) + 1 },
        (_one, at) => fromMs + at * stepMs,
      );
      const last = (atMs: number) => ends.findLastIndex((end) => end.atMs <= atMs);
      const gauge = (job: string, value: (at: number) => number): MetricSeries => ({
        name: selector,
        labels: { job },
        points: times.map((atMs) => [atMs, value(last(atMs))] as const),
      });
      const gpus = (value: (node: string, gpu: string) => number): MetricSeries[] =>
        ['node-01', 'node-02'].flatMap((Hostname) =>
          ['0', '1'].map((gpu) => ({
            name: selector,
            labels: { Hostname, gpu, modelName: 'NVIDIA A800-SXM4-80GB' },
            points: times.map((atMs) => [atMs, value(Hostname, gpu)] as const),
          })),
        );
      switch (selector) {
        case 'training_step_seconds':
          return [gauge('pretrain', (at) => ends[at]?.seconds ?? 0), gauge('finetune', () => 500)];
        case 'training_iteration':
          return [
            gauge('pretrain', (at) => 1_000 + at - ((ends[at]?.atMs ?? 0) > restartMs ? 50 : 0)),
            gauge('finetune', (at) => at),
          ];
        case 'training_tokens_per_second':
          return [gauge('pretrain', (at) => 123_000 / (ends[at]?.seconds ?? 1)), gauge('finetune', () => 1)];
        case 'DCGM_FI_DEV_SM_CLOCK':
          return gpus(clock);
        case 'DCGM_FI_DEV_POWER_USAGE':
          return gpus(() => 168);
        case 'DCGM_FI_DEV_GPU_UTIL':
          return gpus(() => 100);
        default:
          return [];
      }
    },
  };
}

afterEach(() => vi.restoreAllMocks());

/** `answerMs`: what each answer of the metrics server takes of the clock. */
function watcher(source: MetricsSource | null, predicted: Prediction | null = prediction, answerMs = 0) {
  let nowMs = startMs;
  const activity = createWatchPerformance({
    inventories: new Map([['site-a', inventory]]),
    metrics: () =>
      source && {
        range: async (query) => {
          nowMs += answerMs;
          return source.range(query);
        },
      },
    expected: async () => expectation(predicted),
    clock: { nowMs: () => nowMs },
    pause: async (ms) => void (nowMs += ms),
  });
  const input: LookInput = {
    cluster: 'site-a',
    job: 'pretrain',
    settings: defaultWatchSettings,
    history: null,
    layout: null,
    lastLookAtMs: null,
    gpus: 'when-slow',
    votedStepMs: null,
    restWallMs: 0,
    periodWallMs: 30_000,
    expects: 'normal',
  };
  /** Looks every half minute, each with what the one before carried on. */
  async function looks(count: number, changes: Partial<LookInput> = {}): Promise<readonly Looked[]> {
    const seen: Looked[] = [];
    let carried: Partial<LookInput> = {};
    for (let at = 0; at < count; at += 1) {
      nowMs = startMs + at * 30_000;
      const look = await runActivity(activity, { ...input, ...carried, ...changes });
      if (look.kind === 'gone') throw new Error(look.why);
      seen.push(look);
      carried = { history: look.history, layout: look.layout, lastLookAtMs: look.atMs };
    }
    return seen;
  }
  return { looks, look: async (changes: Partial<LookInput> = {}) => runActivity(activity, { ...input, ...changes }) };
}

const healthy = () => 8;
/** One GPU at a third of its clock from the start of the looks on. */
const slowed = (atMs: number) => (atMs < startMs ? 8 : 24);
const oneSlowGpu = (node: string, gpu: string) => (node === 'node-02' && gpu === '1' ? 470 : 1_410);

describe('a look', () => {
  it('of a healthy job asks for its steps alone, and sees it as it should be', async () => {
    const source = metricsOf({ step: healthy });
    const seen = await watcher(source).looks(8);
    expect(seen.map(({ verdict }) => verdict)).toEqual(seen.map(() => 'normal'));
    expect(seen.at(-1)?.speed).toMatchObject({ predictedStepSeconds: 8.4, predictedTokensPerSecond: 14_700 });
    expect(seen.at(-1)?.speed?.stepSeconds).toBeCloseTo(8, 0);
    expect(seen.at(-1)?.speed?.baselineStepSeconds).toBeCloseTo(8, 0);
    expect(source.asked.filter((selector) => selector.startsWith('DCGM'))).toEqual([]);
  });

  it('sees a job slow within three minutes, with throughput and power against the prediction, and the GPU', async () => {
    const seen = await watcher(metricsOf({ step: slowed, clock: oneSlowGpu })).looks(7);
    const first = seen.findIndex(({ verdict }) => verdict === 'slow');
    expect(first).toBeGreaterThan(0);
    expect(seen.slice(first).map(({ verdict }) => verdict)).toEqual(seen.slice(first).map(() => 'slow'));
    expect((seen[first + 1]?.atMs ?? Infinity) - startMs).toBeLessThanOrEqual(180_000);
    const suspicion = seen[first + 1]?.suspicion;
    expect(suspicion).toMatchObject({ component: 'compute-clock', node: 'node-02', gpu: 1 });
    expect(suspicion?.summary).toMatch(
      /tokens\/s, \d+ % of the 14,700 predicted; 168 W a GPU, 49 % of the 342 predicted/,
    );
    expect(suspicion?.ratio).toBeGreaterThan(2.5);
  });

  it('calls a job slow that always was, by the prediction, and not without one', async () => {
    const source = metricsOf({ step: () => 24, clock: oneSlowGpu });
    expect(await watcher(source).look()).toMatchObject({ verdict: 'slow', suspicion: { tier: 'absolute' } });
    const [alone] = await watcher(metricsOf({ step: () => 24 }), null).looks(1);
    expect(alone).toMatchObject({ verdict: 'normal', degraded: ['no prediction: nobody says what the job trains'] });
  });

  it('takes the slow first steps of a job that was started anew for what they are', async () => {
    const warming = (atMs: number) => (atMs > startMs + minute && atMs < startMs + 3 * minute ? 16 : 8);
    const world = { step: warming, restartMs: startMs + minute };
    const seen = await watcher(metricsOf(world)).looks(10);
    expect(seen.map(({ verdict }) => verdict)).not.toContain('slow');
    expect(seen.map(({ verdict }) => verdict)).toContain('suppressed');
    const unannounced = await watcher(metricsOf({ step: warming })).looks(10);
    expect(unannounced.map(({ verdict }) => verdict)).toContain('slow');
  });

  it('carries little from look to look, and nothing over to another layout of the ranks', async () => {
    const w = watcher(metricsOf({ step: healthy }));
    const seen = await w.looks(40);
    const history = seen.at(-1)?.history ?? null;
    expect(Buffer.byteLength(JSON.stringify(history))).toBeLessThan(historyBytesMax);
    const other = await w.look({ history, layout: 'other', lastLookAtMs: startMs });
    const fresh = await w.look();
    expect(other).toEqual(fresh);
  });

  it('that sees what was expected is followed by others, until there is news', async () => {
    const w = watcher(metricsOf({ step: healthy }));
    expect(await w.look({ periodWallMs: 2_500, restWallMs: 0 })).toMatchObject({ looks: 5, verdict: 'normal' });
    const slow = watcher(metricsOf({ step: () => 24 }));
    expect(await slow.look({ periodWallMs: 2_500 })).toMatchObject({ looks: 1, verdict: 'slow' });
    expect(await slow.look({ periodWallMs: 9_000, expects: 'slow' })).toMatchObject({ looks: 2, verdict: 'slow' });
  });

  it('answers the same when it is run again', async () => {
    const w = watcher(metricsOf({ step: slowed, clock: oneSlowGpu }));
    const [first] = await w.looks(1);
    expect(await w.look()).toEqual(first);
  });

  it('goes on without the metrics of the GPUs, and says so', async () => {
    const fails = (selector: string) =>
      selector.startsWith('DCGM') ? new PortError('unreachable', 'the server does not answer') : null;
    const seen = await watcher(metricsOf({ step: () => 24, fails })).look();
    expect(seen).toMatchObject({ verdict: 'slow', degraded: ['no metrics of the GPUs: the server does not answer'] });
  });

  it('fails while the metrics server is away, so that nothing is concluded from silence', async () => {
    const away = metricsOf({ step: healthy, fails: () => new PortError('unreachable', 'away') });
    await expect(watcher(away).look()).rejects.toMatchObject({ type: 'Unreachable' });
    expect(await watcher(null).look()).toMatchObject({
      verdict: 'unmeasured',
      degraded: ['no metrics server is configured'],
    });
  });

  it('fails where the server refuses everything: that is no silence of the job', async () => {
    const broken = metricsOf({ step: healthy, fails: () => new PortError('malformed', 'a page of a proxy') });
    await expect(watcher(broken).look()).rejects.toMatchObject({ type: 'Malformed' });
    const one = (selector: string) =>
      selector === 'training_tokens_per_second' ? new PortError('refused', 'no such metric') : null;
    expect(await watcher(metricsOf({ step: healthy, fails: one })).look()).toMatchObject({ verdict: 'normal' });
  });

  it('ends in its time where the server answers slowly', async () => {
    const source = metricsOf({ step: healthy });
    const w = watcher(source, prediction, 4_000);
    expect(await w.look({ periodWallMs: 1_000 })).toMatchObject({ looks: 1, verdict: 'normal' });
  });

  it('goes on without the metrics of the GPUs where they take too long', async () => {
    vi.spyOn(AbortSignal, 'timeout').mockReturnValue(AbortSignal.abort());
    const seen = await watcher(metricsOf({ step: () => 24 })).look({ gpus: 'always' });
    expect(seen).toMatchObject({ verdict: 'slow', degraded: ['no metrics of the GPUs: they took more than 12 s'] });
  });

  it('reads little of the GPUs now and then, and the rest only of a slow job', async () => {
    const well = metricsOf({ step: healthy });
    expect(await watcher(well).look({ gpus: 'always' })).toMatchObject({ speed: { powerWattsPerGpu: 168 } });
    expect(well.asked).toHaveLength(3 + 5);
    const ill = metricsOf({ step: () => 24, clock: oneSlowGpu });
    const seen = await watcher(ill).look({ gpus: 'always' });
    expect(seen).toMatchObject({ verdict: 'slow', suspicion: { node: 'node-02', gpu: 1 } });
    expect(ill.asked).toContain('DCGM_FI_PROF_NVLINK_TX_BYTES');
    expect(new Set(ill.asked).size).toBe(ill.asked.length);
  });

  it('leaves places of its worker to others', async () => {
    const waiting: (() => void)[] = [];
    const hanging: MetricsSource = {
      range: async () =>
        new Promise((_resolve, reject) => waiting.push(() => reject(new PortError('unreachable', 'away')))),
    };
    const w = watcher(hanging);
    const looks = Array.from({ length: 10 }, async () => w.look().catch(() => 'failed'));
    await vi.waitUntil(() => waiting.length === 10 * 3);
    await expect(w.look()).rejects.toMatchObject({ type: 'Busy', nextRetryDelay: 5_000 });
    for (const free of waiting) free();
    expect(new Set(await Promise.all(looks))).toEqual(new Set(['failed']));
    const again = w.look();
    await vi.waitUntil(() => waiting.length > 10 * 3 + 2);
    for (const free of waiting) free();
    await expect(again).rejects.toMatchObject({ type: 'Unreachable' });
  });

  it('stays to look again in few places at once', async () => {
    const w = watcher(metricsOf({ step: healthy }));
    const seen = await Promise.all(Array.from({ length: 6 }, async () => w.look({ periodWallMs: 100 })));
    const single = seen.filter((one) => one.kind === 'looked' && one.looks === 1);
    expect(single).toHaveLength(2);
  });

  it('keeps what it knows when the clock of another worker is a little behind', async () => {
    const w = watcher(metricsOf({ step: healthy }));
    const seen = (await w.looks(8)).at(-1);
    const { history = null, layout = null, atMs = 0 } = seen ?? {};
    const carried = { history, layout, lastLookAtMs: atMs };
    const learned = (look: Look) => (look.kind === 'looked' ? look.history?.['learned'] : null);
    expect(learned(await w.look({ ...carried, lastLookAtMs: atMs + 30_000 }))).toEqual(learned(await w.look(carried)));
    expect(learned(await w.look({ ...carried, lastLookAtMs: atMs + 120_000 }))).toEqual(learned(await w.look()));
  });

  it('names no node that is none of the job, whatever the labels of a metric say', async () => {
    const source = metricsOf({ step: slowed, clock: oneSlowGpu });
    const renamed: MetricsSource = {
      range: async (query) =>
        (await source.range(query)).map((series) => ({
          ...series,
          labels: Object.fromEntries(
            Object.entries(series.labels).map(([key, value]) => [key, value === 'node-02' ? 'x'.repeat(9_000) : value]),
          ),
        })),
    };
    const slow = (await watcher(renamed).looks(8)).filter(({ verdict }) => verdict === 'slow');
    expect(slow.length).toBeGreaterThan(0);
    for (const { suspicion } of slow) {
      expect(suspicion).not.toHaveProperty('node');
      expect(JSON.stringify(suspicion).length).toBeLessThan(1_000);
    }
  });

  it('of a job or a cluster that the inventory does not know says that it is gone', async () => {
    const w = watcher(metricsOf({ step: healthy }));
    expect(await w.look({ job: 'nobody' })).toMatchObject({ kind: 'gone' });
    expect(await w.look({ cluster: 'site-z' })).toMatchObject({ kind: 'gone' });
  });
});
