import { describe, expect, it } from 'vitest';
import { redact } from '../../../kb/logs/redact.ts';
import { alertGroupSchema, type AlertGroup } from '../../../kb/schemas/alert-group.ts';
import { sightingsOf } from '../../../workers/api/sightings.ts';
import { alertsPerObservationMax } from '../../../workflows/domain/alert.ts';
import { anAlertmanagerAlert, anAlertmanagerBody, resolvedBody } from '../support/alert-bodies.ts';

const map = (body: AlertGroup, clusters: readonly string[] = ['site-a', 'site-b']) =>
  sightingsOf(alertGroupSchema.parse(body), { clusters, receivedAtMs: 1_790_000_000_000, redact });
const labelled = (labels: Record<string, string>) => anAlertmanagerAlert({ labels });

describe('an Alertmanager body', () => {
  it('is one sighting of its cluster, with times in milliseconds and no end while it fires', () => {
    const { sightings, misplaced } = map(anAlertmanagerBody());
    expect(misplaced).toEqual([]);
    expect(sightings).toHaveLength(1);
    expect(sightings[0]).toMatchObject({ cluster: 'site-a', observation: { status: 'firing', truncated: 0 } });
    expect(sightings[0]?.observation.alerts).toEqual([
      {
        fingerprint: '5ef77f1f8a3ecf8d',
        status: 'firing',
        startsAtMs: Date.UTC(2026, 10, 20, 3, 4, 5, 123),
        labels: {
          alertname: 'TrainingStepSlow',
          cluster: 'site-a',
          severity: 'critical',
          node: 'node-07',
          job: 'pretrain',
        },
        summary: 'Steps of pretrain take 3.1 times as long as before',
      },
    ]);
  });

  it('keeps its group hash when annotations, times and alerts change, and has another one for another group', () => {
    const hashOf = (body: AlertGroup) => map(body).sightings[0]?.groupHash;
    const first = hashOf(anAlertmanagerBody());
    const later = anAlertmanagerAlert({ startsAt: '2026-11-20T09:00:00+01:00', annotations: { summary: 'other' } });
    expect(first).toMatch(/^[0-9a-f]{16}$/);
    expect(hashOf(anAlertmanagerBody({ alerts: [later], externalURL: 'http://other' }))).toBe(first);
    expect(hashOf(anAlertmanagerBody({ groupKey: '{}:{alertname="NodeDown", cluster="site-a"}' }))).not.toBe(first);
  });

  it('accepts keys that newer builds and custom templates add', () => {
    const body = { ...anAlertmanagerBody(), notification_reason: 'new alerts', routeLabels: { team: 'gpu' } };
    expect(map(body).sightings).toHaveLength(1);
  });

  it('is resolved only when every alert of the cluster is, and then knows when it ended', () => {
    const resolved = map(resolvedBody()).sightings[0]?.observation;
    expect(resolved?.status).toBe('resolved');
    expect(resolved?.alerts[0]?.endsAtMs).toBe(Date.UTC(2026, 10, 20, 4));
    const mixed = anAlertmanagerBody({ alerts: [...resolvedBody().alerts, anAlertmanagerAlert({ fingerprint: 'b' })] });
    expect(map(mixed).sightings[0]?.observation.status).toBe('firing');
  });

  it('with alerts of several clusters is one sighting for each', () => {
    const alerts = ['site-a', 'site-b', 'site-a'].map((cluster, index) =>
      anAlertmanagerAlert({ fingerprint: `f${index}`, labels: { alertname: 'X', cluster } }),
    );
    const { sightings } = map(anAlertmanagerBody({ alerts, truncatedAlerts: 2 }));
    expect(
      sightings.map(({ cluster, observation }) => [cluster, observation.alerts.length, observation.truncated]),
    ).toEqual([
      ['site-a', 2, 2],
      ['site-b', 1, 2],
    ]);
  });

  it('names the alert that has no cluster, an unknown one or an impossible one, and still places the others', () => {
    const alerts = [
      labelled({ alertname: 'X' }),
      anAlertmanagerAlert(),
      labelled({ cluster: 'site-z' }),
      labelled({ cluster: '../x' }),
    ];
    const { sightings, misplaced } = map(anAlertmanagerBody({ alerts, groupLabels: {}, commonLabels: {} }));
    expect(sightings.map(({ cluster }) => cluster)).toEqual(['site-a']);
    expect(misplaced.map(({ pointer }) => pointer)).toEqual([
      '#/alerts/0/labels/cluster',
      '#/alerts/2/labels/cluster',
      '#/alerts/3/labels/cluster',
    ]);
    expect(misplaced[1]?.detail).toBe('no inventory of cluster "site-z"; known: site-a, site-b');
    expect(misplaced[2]?.detail).not.toContain('../x');
  });

  it('takes the cluster from common labels, from group labels, or as the only one there is', () => {
    const alerts = [labelled({ alertname: 'X' })];
    const clusterOf = (body: Partial<AlertGroup>, clusters?: readonly string[]) =>
      map(anAlertmanagerBody({ alerts, groupLabels: {}, commonLabels: {}, ...body }), clusters).sightings[0]?.cluster;
    expect(clusterOf({ commonLabels: { cluster: 'site-b' } })).toBe('site-b');
    expect(clusterOf({ groupLabels: { cluster: 'site-a' } })).toBe('site-a');
    expect(clusterOf({}, ['site-c'])).toBe('site-c');
  });

  it('with too many alerts keeps the same ones in whatever order they come: firing first, then the earliest', () => {
    const alerts = Array.from({ length: 80 }, (_, index) =>
      anAlertmanagerAlert({
        fingerprint: `f${String(index).padStart(2, '0')}`,
        status: index % 2 === 0 ? 'resolved' : 'firing',
        startsAt: new Date(Date.UTC(2026, 10, 20, 3, 0, 80 - index)).toISOString(),
      }),
    );
    const kept = map(anAlertmanagerBody({ alerts, truncatedAlerts: 7 })).sightings[0]?.observation;
    expect(kept?.alerts).toHaveLength(alertsPerObservationMax);
    expect(kept?.truncated).toBe(7 + 80 - alertsPerObservationMax);
    expect(kept?.alerts.filter(({ status }) => status === 'firing')).toHaveLength(40);
    expect(kept?.alerts[0]?.fingerprint).toBe('f79');
    expect(
      map(anAlertmanagerBody({ alerts: alerts.toReversed(), truncatedAlerts: 7 })).sightings[0]?.observation,
    ).toEqual(kept);
  });

  it('loses secrets, line breaks and excess length, and keeps what says where', () => {
    const many = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`a_label_${index}`, 'x'.repeat(500)]));
    const alert = anAlertmanagerAlert({
      labels: { ...many, cluster: 'site-a', node: 'node-07', alertname: 'X', api_key: 'Zx81kLmNoPq2' },
      annotations: { summary: `first\nline \u001b[31m https://user:hunter22@host/ ${'long '.repeat(200)}` },
    });
    const observed = map(anAlertmanagerBody({ alerts: [alert] })).sightings[0]?.observation.alerts[0];
    expect(Object.keys(observed?.labels ?? {}).length).toBeLessThanOrEqual(24);
    expect(observed?.labels).toMatchObject({ cluster: 'site-a', node: 'node-07', alertname: 'X' });
    expect(Math.max(...Object.values(observed?.labels ?? {}).map((value) => value.length))).toBeLessThanOrEqual(120);
    expect(observed?.summary).toMatch(/^first line \[31m https:\/\/user:\*+@host\/ long/);
    expect(observed?.summary.length).toBeLessThanOrEqual(300);
    const secret = anAlertmanagerAlert({ labels: { cluster: 'site-a', api_key: 'Zx81kLmNoPq2' } });
    expect(JSON.stringify(map(anAlertmanagerBody({ alerts: [secret] })))).not.toContain('Zx81kLmNoPq2');
  });
});
