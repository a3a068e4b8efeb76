import { describe, expect, it } from 'vitest';
import { flushGroups } from '../../../../infra/cluster/alerts/notify.ts';
import type { Alert, AlertState } from '../../../../infra/cluster/alerts/state.ts';

const labels = { alertname: 'TrainingStepSlow', severity: 'critical', cluster: 'site-a', job: 'pretrain-13b' };
const firing: Alert = {
  alertname: 'TrainingStepSlow',
  fingerprint: '0123456789abcdef',
  labels,
  annotations: {},
  state: 'firing',
  activeAtMs: 0,
  firedAtMs: 60_000,
  resolvedAtMs: null,
};
const resolved: Alert = { ...firing, state: 'resolved', resolvedAtMs: 64_000 };
const none: AlertState = { evaluatedToMs: 0, baselines: {}, alerts: [], groups: [], outboxes: {} };
const flush = (state: AlertState, atMs: number) => flushGroups(state, atMs, 'http://127.0.0.1:9090');

describe('a group of alerts', () => {
  it('waits for others before it is told of', () => {
    const opened = flush({ ...none, alerts: [firing] }, 60_000);
    expect(opened.deliveries).toEqual([]);
    expect(flush(opened.state, 65_000).deliveries.map((one) => one.status)).toEqual(['firing']);
  });

  it('that was over before anybody heard of it is forgotten in silence', () => {
    const opened = flush({ ...none, alerts: [firing] }, 60_000);
    const over = flush({ ...opened.state, alerts: [resolved] }, 65_000);
    expect(over.deliveries).toEqual([]);
    expect(over.state).toMatchObject({ alerts: [], groups: [] });
  });

  it('that changed is told of at once, and unchanged only after the repeat interval', () => {
    const opened = flush({ ...none, alerts: [firing] }, 60_000);
    let { state } = flush(opened.state, 65_000);
    for (let atMs = 70_000; atMs < 360_000; atMs += 5_000) {
      const next = flush(state, atMs);
      expect(next.deliveries).toEqual([]);
      ({ state } = next);
    }
    expect(flush(state, 365_000).deliveries).toHaveLength(1);
    expect(flush({ ...state, alerts: [resolved] }, 360_000).deliveries.map((one) => one.status)).toEqual(['resolved']);
  });
});
