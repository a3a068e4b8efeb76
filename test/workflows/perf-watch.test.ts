import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { taskQueues, watchWorkflowId } from '../../workflows/domain/ids.ts';
import {
  defaultWatchSettings,
  goneLooksMax,
  type EarlyWarning,
  type Look,
  type LookInput,
  type RaiseResult,
} from '../../workflows/domain/perf-watch.ts';
import { pauseWatch, perfWatchView, resumeWatch, setWatchSettingsUpdate, stopWatch } from '../../workflows/messages.ts';
import type { perfWatch } from '../../workflows/index.ts';
import { temporalWatches } from '../../workers/cli/perf/watch-desk.ts';
import { openWorld, type IncidentWorld } from '../support/incident-world.ts';

/** What the next looks see, by job; what is raised is kept. */
const verdicts = new Map<string, 'slow' | 'normal' | 'gone'>();
const inputs: LookInput[] = [];
const raised: EarlyWarning[] = [];
let apiIsAway = false;
let atMs = 1_790_000_000_000;

const suspicion = {
  tier: 'history',
  component: 'compute-clock',
  node: 'node-07',
  gpu: 3,
  ratio: 2.9,
  sinceMs: atMs,
  summary: 'slow',
} as const;

const activities = {
  async watchPerformance(input: LookInput): Promise<Look> {
    inputs.push(input);
    const verdict = verdicts.get(input.job) ?? 'normal';
    if (verdict === 'gone') return { kind: 'gone', why: 'the inventory has no such job any more' };
    atMs += input.settings.intervalMs;
    return {
      kind: 'looked',
      looks: 1,
      atMs,
      rate: 1_000,
      verdict,
      speed: null,
      newestStepMs: atMs,
      uneasy: false,
      suspicion: verdict === 'slow' ? suspicion : null,
      history: { version: 1, steps: Number(input.history?.['steps'] ?? 0) + 1 },
      layout: 'l1',
      degraded: [],
    };
  },
  async raiseEarlyWarning(warning: EarlyWarning): Promise<RaiseResult> {
    if (apiIsAway) throw new Error('the API does not answer');
    raised.push(warning);
    return { kind: 'accepted', incidents: ['site-a/00ff'] };
  },
};

let world: IncidentWorld;
let stopWorkers = async () => {};
let jobs = 0;

beforeAll(async () => {
  world = await openWorld();
  stopWorkers = await world.startWorkers(activities);
});
afterAll(async () => {
  await stopWorkers();
  await world.close();
});

async function startWatch() {
  const job = `job-${(jobs += 1)}`;
  const cluster = world.clusterName();
  const handle = await world.client.workflow.start<typeof perfWatch>('perfWatch', {
    workflowId: watchWorkflowId(cluster, job),
    taskQueue: taskQueues.incidents,
    args: [{ cluster, job, settings: defaultWatchSettings }],
  });
  const state = async () => (await handle.query(perfWatchView)).state;
  /** Any order wakes a watch, so that tests need not wait for its interval. */
  const lookUntil = async (isSo: () => boolean | Promise<boolean>) =>
    vi.waitFor(
      async () => {
        await handle.signal(resumeWatch, {});
        expect(await isSo()).toBe(true);
      },
      { timeout: 20_000, interval: 100 },
    );
  const ofJob = <T extends { readonly job: string }>(all: readonly T[]) => all.filter((one) => one.job === job);
  return { job, handle, state, lookUntil, ofJob };
}

it('raises one warning for a slow job, and takes it back when the speed is back', async () => {
  const { job, handle, state, lookUntil, ofJob } = await startWatch();
  await lookUntil(async () => (await state()).looks >= 2);
  expect(ofJob(raised)).toEqual([]);
  verdicts.set(job, 'slow');
  await lookUntil(async () => (await state()).looks >= 10);
  expect(ofJob(raised)).toMatchObject([{ stage: 'firing', suspicion: { node: 'node-07', gpu: 3 } }]);
  verdicts.set(job, 'normal');
  await lookUntil(() => ofJob(raised).length === 2);
  expect(ofJob(raised)[1]).toMatchObject({ stage: 'resolved', startsAtMs: ofJob(raised)[0]?.startsAtMs });
  await lookUntil(async () => (await state()).past.length === 1);
  const looks = ofJob(inputs);
  expect(looks.map(({ history }) => history?.['steps'] ?? 0)).toEqual(looks.map((_look, at) => at));
  await handle.signal(stopWatch, { by: 'Ada', reason: 'done' });
  expect(await handle.result()).toMatchObject({ ended: 'stopped by Ada: done', state: { warning: null } });
});

it('says that the API is away, goes on looking, and tells it when it is back', async () => {
  const { job, handle, state, lookUntil, ofJob } = await startWatch();
  apiIsAway = true;
  verdicts.set(job, 'slow');
  await lookUntil(async () => (await state()).warning?.trouble?.includes('not told yet') === true);
  apiIsAway = false;
  await lookUntil(() => ofJob(raised).length === 1);
  await lookUntil(async () => (await state()).warning?.trouble === undefined);
  expect((await state()).warning?.told?.incidents).toEqual(['site-a/00ff']);
  await handle.cancel();
}, 60_000);

it('rests while it is paused, and refuses settings that are none', async () => {
  const { handle, state, lookUntil, ofJob } = await startWatch();
  await lookUntil(async () => (await state()).looks >= 1);
  await handle.signal(pauseWatch, { by: 'Ada', reason: 'maintenance' });
  await vi.waitUntil(async () => (await state()).paused?.by === 'Ada');
  const seen = ofJob(inputs).length;
  const update = { args: [{ intervalMs: 60_000 }] as [unknown] };
  expect(await handle.executeUpdate(setWatchSettingsUpdate, update)).toMatchObject({ intervalMs: 60_000 });
  await expect(handle.executeUpdate(setWatchSettingsUpdate, { args: [{ intervalMs: 1 }] })).rejects.toThrow(
    'Update failed',
  );
  expect(ofJob(inputs).length).toBeLessThanOrEqual(seen + 1);
  await lookUntil(() => ofJob(inputs).at(-1)?.settings.intervalMs === 60_000);
  await handle.signal('stpWatch', {});
  await handle.signal(stopWatch, null);
  expect((await handle.result()).ended).toBe('stopped by somebody: no reason given');
});

it('goes on in a new run with all it knows', async () => {
  const { job, handle, state, lookUntil, ofJob } = await startWatch();
  verdicts.set(job, 'slow');
  await lookUntil(() => ofJob(raised).length === 1);
  const before = (await handle.describe()).runId;
  const { looks } = await state();
  for (let batch = 0; batch < 10; batch += 1)
    await Promise.all(Array.from({ length: 52 }, () => handle.signal(resumeWatch, {})));
  const latest = world.client.workflow.getHandle<typeof perfWatch>(handle.workflowId);
  await vi.waitUntil(async () => (await latest.describe()).runId !== before, { timeout: 20_000, interval: 100 });
  await vi.waitUntil(async () => (await latest.query(perfWatchView)).state.looks > looks, { timeout: 20_000 });
  const view = await latest.query(perfWatchView);
  expect(view.state.warning?.told?.stage).toBe('firing');
  expect(ofJob(raised)).toHaveLength(1);
  await latest.cancel();
}, 60_000);

it('ends with its job, and takes its warning back', async () => {
  const { job, handle, lookUntil, ofJob } = await startWatch();
  verdicts.set(job, 'slow');
  await lookUntil(() => ofJob(raised).length === 1);
  verdicts.set(job, 'gone');
  const seen = ofJob(inputs).length;
  expect(await handle.result()).toMatchObject({ ended: 'the inventory has no such job any more' });
  expect(ofJob(inputs).length).toBeGreaterThanOrEqual(seen + goneLooksMax - 1);
  expect(ofJob(raised).map(({ stage }) => stage)).toEqual(['firing', 'resolved']);
}, 30_000);

it('that is stopped takes its warning back, and waits for an API that is away', async () => {
  const first = await startWatch();
  verdicts.set(first.job, 'slow');
  await first.lookUntil(() => first.ofJob(raised).length === 1);
  await first.handle.signal(stopWatch, { by: 'Ada', reason: 'done' });
  expect(await first.handle.result()).toMatchObject({ state: { warning: null } });
  expect(first.ofJob(raised)[1]).toMatchObject({ stage: 'resolved', why: 'stopped by Ada: done' });

  const second = await startWatch();
  verdicts.set(second.job, 'slow');
  await second.lookUntil(() => second.ofJob(raised).length === 1);
  apiIsAway = true;
  await second.handle.signal(stopWatch, { by: 'Ada', reason: 'done' });
  await vi.waitUntil(async () => (await second.state()).warning?.trouble !== undefined, { timeout: 30_000 });
  apiIsAway = false;
  expect((await second.handle.describe()).status.name).toBe('RUNNING');
  await second.handle.cancel();
}, 60_000);

it('keeps its history short while it is paused, and what lists find it by in every run', async () => {
  const job = `job-${(jobs += 1)}`;
  const cluster = world.clusterName();
  const watches = temporalWatches(world.client);
  expect(await watches.start(cluster, job, defaultWatchSettings)).toBe('started');
  expect(await watches.start(cluster, job, defaultWatchSettings)).toBe('running');
  const handle = world.client.workflow.getHandle<typeof perfWatch>(watchWorkflowId(cluster, job));
  await handle.signal(pauseWatch, { by: 'Ada', reason: 'maintenance' });
  const before = (await handle.describe()).runId;
  for (let batch = 0; batch < 10; batch += 1)
    await Promise.all(Array.from({ length: 52 }, () => handle.signal('noSuchSignal', {})));
  await vi.waitUntil(async () => (await handle.describe()).runId !== before, { timeout: 20_000, interval: 100 });
  expect((await handle.query(perfWatchView)).state.paused).toMatchObject({ by: 'Ada' });
  await vi.waitUntil(async () => (await watches.list(cluster)).some((row) => row.job === job), { timeout: 20_000 });
  expect((await watches.list(cluster)).find((row) => row.job === job)).toMatchObject({ phase: 'paused', open: true });
  await handle.cancel();
}, 60_000);

it('watches with settings that hold, whoever started it', async () => {
  const job = `job-${(jobs += 1)}`;
  const cluster = world.clusterName();
  const handle = await world.client.workflow.start<typeof perfWatch>('perfWatch', {
    workflowId: watchWorkflowId(cluster, job),
    taskQueue: taskQueues.incidents,
    // Typed by hand in the Web UI.
    args: [{ cluster, job, settings: { intervalMs: 1 } } as never],
  });
  expect((await handle.query(perfWatchView)).settings).toEqual(defaultWatchSettings);
  await handle.cancel();
});
