import { describe, expect, it } from 'vitest';
import type { FiringAlert, HeadlessCluster } from '../../../../../infra/cluster/headless.ts';
import {
  firstAlert,
  groupAt,
  nextAlert,
  reportedByHand,
} from '../../../../../workers/cli/bench/cluster/first-alert.ts';

const onsetMs = Date.UTC(2026, 0, 1, 1);

const alert = (alertname: string, job: string, afterMs: number, fingerprint: string): FiringAlert => ({
  labels: { alertname, cluster: 'site-a', job, severity: 'critical' },
  annotations: { summary: `${alertname} of ${job}` },
  startsAt: new Date(onsetMs + afterMs).toISOString(),
  fingerprint,
  groupKey: `${alertname} ${job}`,
});

function clusterOf(alerts: readonly FiringAlert[]): Pick<HeadlessCluster, 'nextAlertAfter' | 'alertsAt'> {
  const began = ({ startsAt }: FiringAlert) => Date.parse(startsAt);
  return {
    nextAlertAfter: (fromMs: number, untilMs: number) =>
      alerts.map(began).find((atMs) => atMs > fromMs && atMs <= untilMs) ?? null,
    alertsAt: (atMs: number) => alerts.filter((one) => began(one) <= atMs),
  };
}

describe('the first alert of a fault', () => {
  it('is its whole group as it stands when it is sent, and nothing that fired before the fault', () => {
    const cluster = clusterOf([
      alert('Old', 'pretrain', -60_000, 'a'),
      alert('TrainingStalled', 'pretrain', 90_000, 'b'),
      alert('TrainingStalled', 'pretrain', 93_000, 'c'),
      alert('TrainingStepSlow', 'other', 94_000, 'd'),
    ]);
    const opening = firstAlert(cluster, 'site-a', onsetMs, 600_000);
    expect(opening).toMatchObject({ alertname: 'TrainingStalled', openedBy: 'alert' });
    expect(opening?.alert.alerts.map(({ fingerprint }) => fingerprint)).toEqual(['b', 'c']);
    expect(opening?.alert.groupLabels).toMatchObject({ alertname: 'TrainingStalled', job: 'pretrain' });
    expect(opening?.alert.receivedAtMs).toBe(onsetMs + 95_000);
  });

  it('is none where nothing fires in time', () => {
    const cluster = clusterOf([alert('TrainingStalled', 'pretrain', 90_000, 'a')]);
    expect(firstAlert(cluster, 'site-a', onsetMs, 60_000)).toBeNull();
  });
});

describe('a group of alerts', () => {
  it('is what of it fires at that moment', () => {
    const cluster = clusterOf([
      alert('TrainingStalled', 'pretrain', 90_000, 'b'),
      alert('TrainingStalled', 'pretrain', 300_000, 'c'),
    ]);
    const at = (afterMs: number) => groupAt(cluster, 'site-a', 'TrainingStalled pretrain', onsetMs + afterMs);
    expect(at(60_000)).toBeNull();
    expect(at(100_000)?.alerts.map(({ fingerprint }) => fingerprint)).toEqual(['b']);
    expect(at(300_000)).toMatchObject({ status: 'firing', receivedAtMs: onsetMs + 300_000 });
    expect(at(300_000)?.alerts).toHaveLength(2);
    expect(groupAt(cluster, 'site-a', 'TrainingStalled other', onsetMs + 100_000)).toBeNull();
  });
});

describe('the next alert', () => {
  const cluster = clusterOf([
    alert('Old', 'pretrain', -60_000, 'a'),
    alert('TrainingStepSlow', 'pretrain', 90_000, 'b'),
    alert('HostOutOfMemory', 'pretrain', 120_000, 'c'),
    alert('TrainingStalled', 'pretrain', 400_000, 'd'),
  ]);
  const from = { sinceMs: onsetMs, untilMs: onsetMs + 600_000 };

  it('is one that fired while the first was worked on', () => {
    const next = nextAlert(cluster, 'site-a', new Set('b'), { ...from, nowMs: onsetMs + 200_000 });
    expect(next).toMatchObject({ alertname: 'HostOutOfMemory' });
    expect(next?.alert.receivedAtMs).toBe(onsetMs + 205_000);
  });

  it('is one that comes later, as long as it was not heard of and comes in time', () => {
    const nowMs = onsetMs + 200_000;
    const next = nextAlert(cluster, 'site-a', new Set('bc'), { ...from, nowMs });
    expect(next).toMatchObject({ alertname: 'TrainingStalled', alert: { receivedAtMs: onsetMs + 405_000 } });
    expect(nextAlert(cluster, 'site-a', new Set('bcd'), { ...from, nowMs })).toBeNull();
    expect(nextAlert(cluster, 'site-a', new Set('bc'), { ...from, nowMs, untilMs: onsetMs + 300_000 })).toBeNull();
  });
});

describe('what a person reports', () => {
  it('is an alert that names the job and the moment', () => {
    const { alert: observed } = reportedByHand('site-a', 'pretrain', onsetMs);
    expect(observed.alerts).toMatchObject([{ status: 'firing', startsAtMs: onsetMs, labels: { job: 'pretrain' } }]);
    expect(observed.groupLabels).toEqual({ alertname: 'ReportedByHand', cluster: 'site-a', job: 'pretrain' });
  });
});
