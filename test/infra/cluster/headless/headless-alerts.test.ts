import { describe, expect, it } from 'vitest';
import { headlessCluster, injectableFaults } from '../../../../infra/cluster/headless.ts';
import { minutes } from '../held-cluster.ts';

const cluster = () => headlessCluster({ nodes: 4, seed: 3 });

describe('the next alert', () => {
  it('is found where it begins to fire, and time stands there', () => {
    const one = cluster();
    const onsetMs = one.startMs + minutes(30);
    one.inject('gpu-clock-lock', { onsetMs });
    const atMs = one.nextAlertAfter(one.startMs, one.startMs + minutes(60));
    expect(atMs).toBeGreaterThan(onsetMs + minutes(1));
    expect(atMs).toBeLessThan(onsetMs + minutes(3));
    expect(one.nowMs()).toBe(atMs);
    expect(one.alertsAt(one.nowMs())).toMatchObject([
      {
        labels: { alertname: 'TrainingStepSlow', severity: 'critical', cluster: 'site-a', job: 'pretrain-13b' },
        startsAt: new Date(atMs ?? 0).toISOString(),
        groupKey: '{}/{severity="critical"}:{alertname="TrainingStepSlow", cluster="site-a", job="pretrain-13b"}',
      },
    ]);
    expect(one.nextAlertAfter(one.nowMs(), one.nowMs() + minutes(5))).toBeNull();
    one.heal();
    expect(one.alertsAt(one.nowMs() + minutes(3))).toEqual([]);
  });

  it('is none on a healthy cluster, and time is at the end', () => {
    const one = cluster();
    expect(one.nextAlertAfter(one.startMs, one.startMs + minutes(45) + 2_000)).toBeNull();
    expect(one.nowMs()).toBe(one.startMs + minutes(45) + 2_000);
  });

  it('does not depend on whether somebody looked before', () => {
    const found = [0, 7].map((looks) => {
      const one = cluster();
      one.inject('host-oom', { onsetMs: one.startMs + minutes(20) });
      for (let look = 1; look <= looks; look += 1) one.alertsAt(one.startMs + minutes(look * 2) + 1_234);
      const atMs = one.nextAlertAfter(one.startMs + minutes(15), one.startMs + minutes(60));
      return [atMs, one.alertsAt(one.nowMs())];
    });
    expect(found[0]?.[0]).not.toBeNull();
    expect(found[1]).toEqual(found[0]);
  });
});

it('tells how fast a job goes', () => {
  const one = cluster();
  const before = one.speedAt('pretrain-13b', one.startMs + minutes(10));
  expect(before).toMatchObject({ stepSeconds: 8, healthyStepSeconds: 8 });
  one.inject('gpu-clock-lock');
  const after = one.speedAt('pretrain-13b', one.startMs + minutes(12));
  expect(after.stepSeconds).toBeGreaterThan(20);
  expect(after.iteration).toBeGreaterThan(before.iteration);
  expect(() => one.speedAt('nobody', one.nowMs())).toThrow(/there is no job nobody/);
});

it('lists what can be injected', () => {
  const listed = injectableFaults();
  expect(listed.find(({ id }) => id === 'gpu-clock-lock')).toMatchObject({
    kind: 'fault',
    category: 'gpu-clock-throttle',
    place: 'gpu',
    active: [],
  });
  expect(new Set(listed.map(({ id }) => id)).size).toBe(listed.length);
});
