import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPlanGathering } from '../../activities/plan-gathering.ts';
import type { AlertObservation, ObservedAlert } from '../../workflows/domain/alert.ts';
import type { Remains } from '../../workflows/domain/phase-data.ts';
import { budgets } from '../../workflows/domain/budgets.ts';
import { timeoutClasses } from '../../workflows/domain/timeouts.ts';
import { smallKnowledge } from '../kb/reasoning/small-knowledge.ts';
import { smallInventory } from '../support/small-inventory.ts';
import { runActivity } from './run-activity.ts';

const key = { cluster: 'site-a', workflowId: 'incident/site-a/1', runId: 'run' };
const startsAtMs = 7_230_000;

function alertOf(labels: Readonly<Record<string, string>>, more: Partial<ObservedAlert> = {}): AlertObservation {
  return {
    receivedAtMs: startsAtMs + 5_000,
    status: 'firing',
    groupLabels: { alertname: 'TrainingStepTimeHigh' },
    alerts: [{ fingerprint: 'f', status: 'firing', startsAtMs, labels, summary: '', ...more }],
    truncated: 0,
  };
}

async function plan(
  alert: AlertObservation,
  nowMs = startsAtMs,
  inventory = smallInventory(),
  { remains, untilMs }: { readonly remains?: Remains; readonly untilMs?: number } = {},
) {
  const activity = createPlanGathering({
    inventories: new Map([['site-a', inventory]]),
    knowledge: smallKnowledge,
    clock: { nowMs: () => nowMs },
  });
  return runActivity(activity, {
    key,
    alert,
    ...(remains === undefined ? {} : { remains }),
    ...(untilMs === undefined ? {} : { untilMs }),
  });
}

describe('planGathering', () => {
  it('takes the handler, the job and all its nodes from the labels', async () => {
    expect(await plan(alertOf({ job: 'pretrain' }))).toMatchObject({
      handlerId: 'slow-training',
      job: 'pretrain',
      nodes: ['node-01', 'node-02'],
    });
  });

  it.each([{ instance: 'node-02:9400' }, { Hostname: 'node-02' }, { node: 'node-02.site.example' }])(
    'finds the node in %o, and the job that runs there',
    async (labels) => {
      expect(await plan(alertOf(labels))).toMatchObject({ job: 'pretrain', nodes: ['node-01', 'node-02'] });
    },
  );

  it('takes no scrape job for a training job', async () => {
    const twoJobs = smallInventory();
    const [job] = twoJobs.jobs;
    if (job === undefined) throw new Error('the inventory has no job');
    const inventory = { ...twoJobs, jobs: [job, { ...job, name: 'finetune' }] };
    expect(await plan(alertOf({ job: 'dcgm-exporter' }), startsAtMs, inventory)).toMatchObject({ job: null });
  });

  it('covers whole log windows around the start of the alert', async () => {
    const { fromMs, toMs, alertAtMs } = await plan(alertOf({ job: 'pretrain' }));
    expect(alertAtMs).toBe(startsAtMs);
    expect([fromMs % 60_000, toMs % 60_000]).toEqual([0, 0]);
    expect(fromMs).toBeLessThanOrEqual(startsAtMs - 30 * 60_000);
    expect(toMs).toBeGreaterThanOrEqual(startsAtMs + 60_000);
  });

  it('looks at nothing from before a repair where something remained, though the alert is older', async () => {
    const inventory = smallInventory();
    const { windowMs } = inventory.logs;
    const sinceMs = startsAtMs + 3 * windowMs + 1;
    const ofAlert = await plan(alertOf({ job: 'pretrain' }), startsAtMs, inventory);
    expect(ofAlert.repairedAtMs).toBeUndefined();
    for (const atMs of [sinceMs + 1, sinceMs + 2 * windowMs, sinceMs + 24 * 60 * 60_000]) {
      const ofRest = await plan(alertOf({ job: 'pretrain' }), atMs, inventory, { remains: { sinceMs, atMs } });
      expect(ofRest.alertAtMs).toBe(atMs);
      expect(ofRest.repairedAtMs).toBe(sinceMs);
      expect(ofRest.fromMs % windowMs).toBe(0);
      expect(ofRest.fromMs).toBeLessThan(ofRest.toMs);
      expect(ofRest.fromMs).toBeGreaterThanOrEqual(Math.min(sinceMs, Math.floor(atMs / windowMs) * windowMs));
      // A long time after the repair the handler's own bound is the nearer one.
      expect(ofRest.alertAtMs - ofRest.fromMs).toBeLessThanOrEqual(ofAlert.alertAtMs - ofAlert.fromMs + windowMs);
    }
  });

  it('waits for the last window and the shipping lag, and not when they have passed', async () => {
    const { toMs, readyInMs } = await plan(alertOf({ job: 'pretrain' }));
    expect(readyInMs).toBe(toMs + 10_000 - startsAtMs);
    expect((await plan(alertOf({ job: 'pretrain' }), startsAtMs + 3_600_000)).readyInMs).toBe(0);
  });

  it('waits in wall time where cluster time runs faster', async () => {
    const inventory = smallInventory({ clock: { wallEpochMs: 0, clusterEpochMs: 0, rate: 60 } });
    const { toMs, readyInMs, alertAtMs } = await plan(alertOf({ job: 'pretrain' }), startsAtMs / 60, inventory);
    expect(alertAtMs).toBe(startsAtMs);
    expect(readyInMs).toBe(Math.ceil((toMs + 10_000 - startsAtMs) / 60));
  });

  it('names when a standstill is looked at again, and looks as far as it is told then', async () => {
    const minute = 60_000;
    const hang = alertOf({ job: 'pretrain', alertname: 'TrainingStalled' });
    const first = await plan(hang, startsAtMs + minute);
    expect(first).toMatchObject({
      handlerId: 'job-hang',
      looksAgainAtMs: [startsAtMs + 12 * minute, startsAtMs + 32 * minute],
    });
    // Nothing that a worker's clock says is in it.
    expect((await plan(hang, startsAtMs + 2 * minute)).looksAgainAtMs).toEqual(first.looksAgainAtMs);
    const fast = smallInventory({ clock: { wallEpochMs: 0, clusterEpochMs: 0, rate: 60 } });
    expect((await plan(hang, startsAtMs / 60, fast)).looksAgainAtMs?.[0]).toBe((startsAtMs + 12 * minute) / 60);
    const untilMs = startsAtMs + 12 * minute;
    const second = await plan(hang, untilMs, smallInventory(), { untilMs });
    expect(second).toMatchObject({
      alertAtMs: first.alertAtMs,
      fromMs: first.fromMs,
      looksAgainAtMs: [startsAtMs + 32 * minute],
    });
    expect(second.toMs).toBeGreaterThanOrEqual(untilMs);
    const last = await plan(hang, untilMs + 20 * minute, smallInventory(), { untilMs: untilMs + 20 * minute });
    expect(last.looksAgainAtMs).toBeUndefined();
    expect((await plan(alertOf({ job: 'pretrain' }))).looksAgainAtMs).toBeUndefined();
  });

  it('takes the handler of the alert that one is made for, whichever comes first in the group', async () => {
    const alert = alertOf({ job: 'pretrain', alertname: 'SiteSpecificRule' });
    const oom = {
      fingerprint: 'g',
      status: 'firing' as const,
      startsAtMs,
      labels: { alertname: 'HostOomKill' },
      summary: '',
    };
    expect(await plan({ ...alert, alerts: [...alert.alerts, oom] })).toMatchObject({ handlerId: 'host-memory' });
  });

  it('begins with the earliest alert that still fires', async () => {
    const alert = alertOf({ job: 'pretrain' });
    const others: readonly ObservedAlert[] = [
      { fingerprint: 'g', status: 'firing', startsAtMs: startsAtMs - 90_000, labels: {}, summary: '' },
      { fingerprint: 'h', status: 'resolved', startsAtMs: startsAtMs - 900_000, labels: {}, summary: '' },
    ];
    expect((await plan({ ...alert, alerts: [...alert.alerts, ...others] })).alertAtMs).toBe(startsAtMs - 90_000);
  });

  describe('with clocks that cannot be right', () => {
    const hour = 3_600_000;
    const receivedAtMs = 1_795_000_000_000;
    const at = (startsMs: number, more: Partial<ObservedAlert> = {}): AlertObservation => ({
      ...alertOf({ job: 'pretrain' }, { startsAtMs: receivedAtMs + startsMs, ...more }),
      receivedAtMs,
    });

    it('takes the time of arrival for an alert of the future, and says that its sender is ahead', async () => {
      const { alertAtMs, toMs, readyInMs, doubts } = await plan(at(5 * hour), receivedAtMs);
      expect(alertAtMs).toBe(receivedAtMs);
      expect(toMs - receivedAtMs).toBeLessThanOrEqual(2 * 60_000);
      expect(readyInMs).toBeLessThan(budgets.shippingWaitMsMax);
      expect(doubts).toEqual([expect.stringMatching(/began 5 h after it arrived: the clock of its sender is ahead/)]);
    });

    it('says nothing of a second or two', async () => {
      const { alertAtMs, doubts } = await plan(at(2_000), receivedAtMs);
      expect([alertAtMs, doubts]).toEqual([receivedAtMs, undefined]);
      expect((await plan(at(-40_000), receivedAtMs)).doubts).toBeUndefined();
    });

    it('looks where an alert of some hours ago began, and says that its sender may be behind', async () => {
      const { alertAtMs, doubts } = await plan(at(-5 * hour), receivedAtMs);
      expect(alertAtMs).toBe(receivedAtMs - 5 * hour);
      expect(doubts).toEqual([expect.stringMatching(/began 5 h before it arrived: .*behind/)]);
    });

    it('does not look where nothing is kept any more', async () => {
      const { alertAtMs, fromMs, doubts } = await plan(
        at(0, { startsAtMs: Date.parse('0001-01-01T00:00:00Z') }),
        receivedAtMs,
      );
      expect(alertAtMs).toBe(receivedAtMs);
      expect(fromMs).toBeGreaterThan(receivedAtMs - hour);
      expect(doubts).toEqual([expect.stringMatching(/longer than metrics are kept/)]);
    });

    it('goes by the alert of the group whose time can be right', async () => {
      const { alerts } = at(-60_000);
      const { alertAtMs } = await plan({ ...at(0), alerts: [...at(9 * hour).alerts, ...alerts] }, receivedAtMs);
      expect(alertAtMs).toBe(receivedAtMs - 60_000);
    });

    it('names an alert that ended before it began', async () => {
      const resolved = at(-60_000, { status: 'resolved', endsAtMs: receivedAtMs - hour });
      expect((await plan(resolved, receivedAtMs)).doubts).toEqual(['an alert says that it ended before it began']);
    });

    it('gives the same windows on every attempt while the clock of the worker jumps', async () => {
      const jumps = [0, -30 * 24 * hour, 30 * 24 * hour, 8.64e15 - receivedAtMs];
      const plans = await Promise.all(jumps.map((jump) => plan(at(-60_000), receivedAtMs + jump)));
      const [first] = plans;
      if (first === undefined) throw new Error('there is a first attempt');
      for (const { readyInMs, ...windows } of plans) {
        expect({ ...windows, readyInMs: 0 }).toEqual({ ...first, readyInMs: 0 });
        expect(readyInMs).toBeGreaterThanOrEqual(0);
      }
    });

    it('keeps its windows within the bounds of the handler at any time', async () => {
      const anyTime = fc.integer({ min: -8.64e15, max: 8.64e15 });
      await fc.assert(
        fc.asyncProperty(anyTime, anyTime, async (startsAtMs, nowMs) => {
          const { fromMs, toMs, readyInMs } = await plan(at(0, { startsAtMs }), nowMs);
          expect(toMs - fromMs).toBeLessThanOrEqual(35 * 60_000);
          expect(Number.isFinite(readyInMs)).toBe(true);
        }),
      );
    });
  });

  it('bounds the first look well below what its activity may take, so that half of it is an answer and no time-out', async () => {
    const { firstLook, firstLookMsMax = Infinity } = await plan(alertOf({ job: 'pretrain' }));
    expect(firstLook).not.toEqual([]);
    expect(firstLookMsMax).toBeLessThanOrEqual(timeoutClasses.firstLook.startToCloseMs / 2);
  });

  it('gives the same digest of its knowledge each time, and another one for other knowledge', async () => {
    const first = await plan(alertOf({}));
    const second = await plan(alertOf({ job: 'pretrain' }));
    expect(first.knowledgeDigest).toBe(second.knowledgeDigest);
    const other = createPlanGathering({
      inventories: new Map([['site-a', smallInventory()]]),
      knowledge: { ...smallKnowledge, probes: [] },
      clock: { nowMs: () => 0 },
    });
    expect((await runActivity(other, { key, alert: alertOf({}) })).knowledgeDigest).not.toBe(first.knowledgeDigest);
  });

  it('refuses a cluster that no inventory describes, for good', async () => {
    const activity = createPlanGathering({
      inventories: new Map(),
      knowledge: smallKnowledge,
      clock: { nowMs: () => 0 },
    });
    await expect(runActivity(activity, { key, alert: alertOf({}) })).rejects.toMatchObject({ type: 'NotFound' });
  });
});
