import { describe, expect, it } from 'vitest';
import { watchCommand } from '../../../../workers/cli/perf/watch.ts';
import type { WatchDesk, WatchRow, WatchSignal } from '../../../../workers/cli/perf/watch-desk.ts';
import { defaultWatchSettings, newWatch } from '../../../../workflows/domain/perf-watch.ts';
import { smallInventory } from '../../../support/small-inventory.ts';
import { runCli } from '../../support/cli-runs.ts';

const [only] = smallInventory().jobs;
if (only === undefined) throw new Error('the small inventory has a job');
const inventories = new Map([['site-a', smallInventory({ jobs: [only, { ...only, name: 'finetune' }] })]]);

const warning = {
  suspicion: {
    tier: 'history',
    component: 'compute-clock',
    ratio: 2.9,
    sinceMs: null,
    summary: 'pretrain is slow: 5,000 tokens/s',
  },
  startsAtMs: 1_790_000_000_000,
  backSinceMs: null,
  resolvedAtMs: null,
  why: null,
  told: { stage: 'firing', atLook: 3, incidents: ['site-a/00ff'] },
  notBeforeLook: 0,
} as const;

function row(job: string): WatchRow {
  const state = { ...newWatch(), looks: 4, verdict: 'slow', warning } as const;
  const view = { cluster: 'site-a', job, settings: defaultWatchSettings, state, ended: null };
  return { job, cluster: 'site-a', phase: 'warning', startedAtMs: 0, open: true, view };
}

/** Remembers what it was told; `running` are the watches that are open. */
function desk(running: readonly string[] = []) {
  const told: [string, WatchSignal][] = [];
  const started: string[] = [];
  const watches: WatchDesk = {
    async start(_cluster, job, settings) {
      if (running.includes(job)) return 'running';
      started.push(`${job} ${settings.intervalMs}`);
      return 'started';
    },
    list: async () => running.map(row),
    read: async (_cluster, job) => (running.includes(job) ? row(job) : null),
    async tell(_cluster, job, signal) {
      if (running.includes(job)) told.push([job, signal]);
      return running.includes(job);
    },
  };
  const run = (...argv: readonly string[]) =>
    runCli((context) => watchCommand(context, (work) => work(watches)), ['watch', ...argv], { inventories });
  return { run, told, started };
}

describe('perf watch', () => {
  it('starts a watch for every job, and tells one that runs its new settings', async () => {
    const { run, started, told } = desk(['finetune']);
    const { exitCode, stdout } = await run('start', '--all', '--interval', '60');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('pretrain is watched\nfinetune was watched already');
    expect(started).toEqual(['pretrain 60000']);
    expect(told).toEqual([['finetune', { kind: 'setWatchSettings', settings: { intervalMs: 60_000 } }]]);
  });

  it('stops, pauses and resumes with the name of the person', async () => {
    const { run, told } = desk(['pretrain']);
    for (const order of ['stop', 'pause', 'resume'])
      expect((await run(order, 'pretrain', '--reason', 'maintenance')).exitCode).toBe(0);
    expect(told.map(([, { kind }]) => kind)).toEqual(['stopWatch', 'pauseWatch', 'resumeWatch']);
    expect(told[0]?.[1]).toMatchObject({ order: { by: 'grace', reason: 'maintenance' } });
    expect(await run('stop', 'finetune')).toMatchObject({ exitCode: 1, stdout: 'finetune: no watch is open' });
  });

  it('lists and shows what watches see', async () => {
    const { run } = desk(['pretrain']);
    expect((await run('list')).stdout).toMatch(/pretrain +warning .*history, compute-clock/);
    const shown = await run('show', 'pretrain');
    expect(shown.stdout).toContain('5,000 tokens/s');
    expect(shown.stdout).toContain('incident site-a/00ff');
    expect(JSON.parse((await run('show', '--all', '--json')).stdout)).toMatchObject({
      watches: [{ job: 'pretrain', view: { state: { looks: 4 } } }],
    });
    expect((await desk().run('show', '--all')).stderr).toContain('perf watch start');
    expect((await desk().run('list')).stdout).toContain('No job is watched');
  });

  it('wants to know which job, and refuses unknown ones and settings beyond their bounds', async () => {
    const { run, started } = desk();
    for (const argv of [['start'], ['start', 'nobody'], ['start', '--all', '--interval', '1'], ['stop']])
      expect((await run(...argv)).exitCode).toBe(2);
    expect(started).toEqual([]);
  });
});
