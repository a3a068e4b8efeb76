import { describe, expect, it } from 'vitest';
import { alertGroupSchema } from '../../../../kb/schemas/alert-group.ts';
import { alertBody } from '../../../../kb/logs/watch/alert-body.ts';
import {
  alertsPerBodyMax,
  alertTable,
  watchAlertSchema,
  type WatchPolicy,
} from '../../../../kb/logs/watch/alert-table.ts';
import type { Sighting } from '../../../../kb/logs/watch/sighting.ts';

const policy: WatchPolicy = { settleMs: 30_000, repeatMs: 900_000, resolveMs: 1_800_000, alertsMax: 20 };
const cause: Sighting = {
  kind: 'nvidia.xid.79',
  summary: 'Xid 79: GPU has fallen off the bus',
  role: 'cause',
  category: 'gpu-fell-off-bus',
  telling: true,
  node: 'node-07',
  job: 'main',
  device: { kind: 'gpu', index: 3 },
  atMs: 1_000,
  file: '/var/log/kern.log',
  line: 12,
  byte: 900,
  text: 'NVRM: Xid (PCI:0000:07:00): 79, GPU has fallen off the bus. token=hf_abcdefghijklmnopqrstuvwxyz',
};
const symptom: Sighting = {
  ...cause,
  kind: 'torch.nccl.watchdog-timeout',
  role: 'symptom',
  category: 'unlisted',
  telling: false,
  node: 'node-02',
};
const names = { cluster: 'site-a', labels: { team: 'nlp' } };
const table = (restored: Parameters<typeof alertTable>[2] = []) => alertTable('site-a', policy, restored);

describe('which sightings are alerts, and when', () => {
  it('tells a telling cause at once, and once', () => {
    const alerts = table();
    alerts.note(cause, 0);
    const [delivery, ...others] = alerts.due(0);
    expect([delivery?.alerts.length, others]).toEqual([1, []]);
    if (delivery !== undefined) alerts.told(delivery, 1);
    alerts.note(cause, 2);
    expect(alerts.due(3)).toEqual([]);
  });

  it('waits with a symptom, and tells it when no cause came', () => {
    const alerts = table();
    alerts.note(symptom, 0);
    alerts.tick(29_999);
    expect(alerts.due(29_999)).toEqual([]);
    alerts.tick(30_000);
    expect(alerts.due(30_000).map((one) => one.alerts.map(({ role }) => role))).toEqual([['symptom']]);
  });

  it('counts symptoms with the cause of their job that came before, in between or at once', () => {
    const alerts = table();
    alerts.note(symptom, 0);
    alerts.note(symptom, 1);
    alerts.note(cause, 10_000);
    alerts.note({ ...symptom, node: 'node-03' }, 20_000);
    alerts.tick(60_000);
    expect(alerts.alerts()).toMatchObject([{ role: 'cause', followers: 3 }]);
  });

  it('a symptom of another job has nothing to do with it', () => {
    const alerts = table();
    alerts.note(cause, 0);
    alerts.note({ ...symptom, job: 'other' }, 0);
    alerts.settleAll();
    expect(alerts.due(0).map(({ group }) => group)).toEqual([
      'wardround-watch:{cluster="site-a", job="main"}',
      'wardround-watch:{cluster="site-a", job="other"}',
    ]);
  });

  it('waits with a cause that does not speak for itself, before the symptoms that it may explain', () => {
    const alerts = table();
    alerts.note(symptom, 0);
    alerts.note({ ...cause, telling: false, category: 'gpu-driver-bug' }, 0);
    expect(alerts.due(0)).toEqual([]);
    alerts.tick(30_000);
    expect(alerts.alerts()).toMatchObject([{ role: 'cause', stage: 'firing', telling: false, followers: 1 }]);
  });

  it('folds a storm into one alert for each node, category and job', () => {
    const alerts = table();
    for (let at = 0; at < 100_000; at += 1)
      alerts.note({ ...cause, node: `node-0${at % 2}`, device: { kind: 'gpu', index: at % 8 } }, at);
    expect(alerts.alerts().map(({ node, count, devices }) => [node, count, devices.length])).toEqual([
      ['node-00', 50_000, 4],
      ['node-01', 50_000, 4],
    ]);
    expect(alerts.due(0)).toHaveLength(1);
  });

  it('stays bounded; places beyond the bound are counted with the newest of their kind, never lost', () => {
    const alerts = table();
    for (let at = 0; at < 1_000; at += 1) alerts.note({ ...cause, node: `node-${at}` }, at);
    alerts.note({ ...cause, category: 'disk-full', node: 'node-1' }, 1_000);
    const all = alerts.alerts();
    expect(all).toHaveLength(21);
    expect(all.reduce((sum, { count }) => sum + count, 0)).toBe(1_001);
    expect(all.at(-1)?.category).toBe('disk-full');
  });
});

describe('how an alert goes on and ends', () => {
  it('is told again while it goes on, not when it is quiet', () => {
    const alerts = table();
    alerts.note(cause, 0);
    for (const one of alerts.due(0)) alerts.told(one, 0);
    expect(alerts.due(900_000)).toEqual([]);
    alerts.note(cause, 800_000);
    expect(alerts.due(899_999)).toEqual([]);
    expect(alerts.due(900_000)).toHaveLength(1);
  });

  it('is over when nothing was seen for long enough, is told so once, and is another one when it begins again', () => {
    const alerts = table();
    alerts.note(cause, 0);
    for (const one of alerts.due(0)) alerts.told(one, 0);
    alerts.tick(1_799_999);
    expect(alerts.alerts()[0]?.stage).toBe('firing');
    alerts.tick(1_800_000);
    const [over] = alerts.due(1_800_000);
    expect(over?.alerts).toMatchObject([{ stage: 'resolved' }]);
    if (over !== undefined) alerts.told(over, 1_800_000);
    expect(alerts.alerts()).toEqual([]);
    alerts.note({ ...cause, atMs: 9_000 }, 2_000_000);
    expect(alerts.due(2_000_000)[0]?.alerts).toMatchObject([{ stage: 'firing', startsAtMs: 9_000 }]);
  });

  it('is told to begin before it is told to be over, however long nobody listens', () => {
    const alerts = table();
    alerts.note(cause, 0);
    alerts.tick(10_000_000);
    expect(alerts.due(10_000_000)[0]?.alerts).toMatchObject([{ stage: 'firing' }]);
  });

  it('a delivery that comes late does not count for what has begun anew since', () => {
    const alerts = table();
    alerts.note(cause, 0);
    for (const one of alerts.due(0)) alerts.told(one, 0);
    alerts.tick(1_800_000);
    const [over] = alerts.due(1_800_000);
    alerts.note({ ...cause, atMs: 9_000 }, 1_800_001);
    if (over !== undefined) alerts.told(over, 1_800_002);
    expect(alerts.alerts()).toMatchObject([{ stage: 'firing', startsAtMs: 9_000, told: null }]);
  });

  it('goes on from what was written down as if nothing had happened', () => {
    const alerts = table();
    alerts.note(cause, 0);
    alerts.note(symptom, 0);
    alerts.note({ ...symptom, job: 'other' }, 5);
    const stored = JSON.parse(JSON.stringify(alerts.alerts())) as unknown[];
    const again = table(stored.map((one) => watchAlertSchema.parse(one)));
    expect(again.due(10)).toEqual(alerts.due(10));
    again.note(cause, 11);
    again.tick(40_000);
    expect(again.alerts().map(({ count, stage }) => [count, stage])).toEqual([
      [2, 'firing'],
      [1, 'firing'],
    ]);
  });
});

describe('what is sent', () => {
  it('is a webhook body of version 4 that names place and source, redacted', () => {
    const alerts = table();
    alerts.note({ ...cause, rank: 11 }, 0);
    const [delivery] = alerts.due(0);
    expect(delivery).toBeDefined();
    if (delivery === undefined) return;
    const body = alertGroupSchema.parse(alertBody(delivery, names));
    expect(body.alerts[0]?.labels).toEqual({
      alertname: 'LogGpuFellOffBus',
      cluster: 'site-a',
      severity: 'critical',
      node: 'node-07',
      job: 'main',
      rank: '11',
      device: 'gpu 3',
      gpu: '3',
      category: 'gpu-fell-off-bus',
      kind: 'nvidia.xid.79',
      source: 'wardround-watch',
      team: 'nlp',
    });
    expect(body.alerts[0]?.annotations).toMatchObject({
      file: '/var/log/kern.log',
      line: '12',
      byte: '900',
      count: '1',
    });
    expect(JSON.stringify(body)).not.toContain('hf_abc');
    expect(body.alerts[0]?.startsAt).toBe('1970-01-01T00:00:01.000Z');
    expect(body.groupLabels).toEqual({ cluster: 'site-a', job: 'main' });
  });

  it('keeps group and fingerprint for the same place, whatever else changes', () => {
    const identity = (sighting: Sighting) => {
      const alerts = table();
      alerts.note(sighting, 0);
      const [delivery] = alerts.due(0);
      return [delivery?.group, delivery?.alerts[0]?.fingerprint];
    };
    const first = identity(cause);
    expect(identity({ ...cause, atMs: 5, file: 'other', text: 'other', rank: 3, kind: 'nvidia.gpu.lost' })).toEqual(
      first,
    );
    expect(identity({ ...cause, node: 'node-08' })[0]).toBe(first[0]);
    expect(identity({ ...cause, node: 'node-08' })[1]).not.toBe(first[1]);
    expect(identity({ ...cause, job: 'other' })[0]).not.toBe(first[0]);
  });

  it('fits into one request; what does not comes with the next, what is unknown there first', () => {
    const many = alertTable('site-a', { ...policy, alertsMax: 2_000 });
    for (let at = 0; at < 900; at += 1) many.note({ ...cause, node: `node-${at}`, text: 'x'.repeat(5_000) }, 0);
    const sent = new Set<string>();
    for (let round = 0; round < 3; round += 1)
      for (const delivery of many.due(round)) {
        expect(delivery.alerts.length).toBeLessThanOrEqual(alertsPerBodyMax);
        expect(JSON.stringify(alertBody(delivery, names)).length).toBeLessThan(1024 * 1024);
        for (const one of delivery.alerts) sent.add(one.fingerprint);
        many.told(delivery, round);
      }
    expect([sent.size, many.due(3)]).toEqual([900, []]);
  });
});
