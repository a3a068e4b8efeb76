import { describe, expect, it } from 'vitest';
import type { FiringAlert, HeadlessCluster } from '../../../../../infra/cluster/headless.ts';
import { firstAlert, reportedByHand } from '../../../../../workers/cli/bench/cluster/first-alert.ts';

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

describe('what a person reports', () => {
  it('is an alert that names the job and the moment', () => {
    const { alert: observed } = reportedByHand('site-a', 'pretrain', onsetMs);
    expect(observed.alerts).toMatchObject([{ status: 'firing', startsAtMs: onsetMs, labels: { job: 'pretrain' } }]);
    expect(observed.groupLabels).toEqual({ alertname: 'ReportedByHand', cluster: 'site-a', job: 'pretrain' });
  });
});
