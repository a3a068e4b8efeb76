import { expect, it } from 'vitest';
import { renderChart } from '../../../workers/cli/chart.ts';
import { newIncidentView } from '../../../workflows/domain/incident-view.ts';
import { aRef } from '../../support/scripted-activities.ts';

const start = { cluster: 'site-a', workflowId: 'incident/site-a/1', runId: 'r', openedAtMs: 1, observeOnly: false };

it('what could not be read on many nodes for one reason stands there once', () => {
  const nodes = ['node-01', 'node-02', 'node-03', 'node-04', 'node-05', 'node-06'];
  const missing = nodes.map((node) => ({ probeId: 'kubernetes.node', node, reason: 'kubectl is not installed' }));
  const late = { probeId: 'gpu.clocks', node: 'node-02', reason: 'it did not end within 15000 ms' };
  const result = {
    results: aRef('probe-results'),
    findings: aRef('findings'),
    ran: 20,
    clean: 13,
    notClean: 0,
    unread: 7,
    notable: [],
    failures: [...missing, late],
    elapsedMs: 700,
  };
  const view = {
    ...newIncidentView({ ...start, recurrenceOf: null }),
    probeBatches: [{ batch: 'first-look', result }],
  };
  const unread = renderChart({ colour: false }, view)
    .split('\n')
    .filter((line) => line.includes(' unread: '));
  expect(unread.map((line) => line.trim())).toEqual([
    'kubernetes.node on node-01, node-02, node-03, node-04 and 2 more unread: kubectl is not installed',
    'gpu.clocks on node-02 unread: it did not end within 15000 ms',
  ]);
});
