import { expect, it } from 'vitest';
import { renderDetails } from '../../../workflows/domain/current-details.ts';
import { newIncidentView } from '../../../workflows/domain/incident-view.ts';
import type { Comparison, PerformanceResult } from '../../../workflows/domain/phase-data.ts';
import { speedLines } from '../../../workflows/domain/speed-lines.ts';
import { renderChart } from '../../../workers/cli/chart.ts';
import { aRef } from '../../support/scripted-activities.ts';

const comparison: Comparison = {
  verdict: 'slow',
  tiers: ['absolute', 'history'],
  component: 'compute-clock',
  node: 'node-07',
  device: { kind: 'gpu', index: 3 },
  sinceMs: Date.UTC(2026, 10, 21, 3, 0, 0),
  predicted: { stepMs: 8_040, lowMs: 7_000, highMs: 9_200, tokensPerSecond: 65_000, powerWattsPerGpu: 330 },
  tokensPerSecond: 21_000,
  powerWattsPerGpu: 190,
  findings: aRef('findings'),
  prediction: aRef('prediction'),
};
const slow: PerformanceResult = {
  performance: aRef('performance'),
  slowdownRatio: 3.1,
  measuredStepMs: 24_800,
  healthyStepMs: 8_000,
  tier: 'absolute',
  summary: 'The job is slow.',
  comparison,
};

it('figures stand beside what they should be, with who says so and since when', () => {
  expect(speedLines(slow)).toEqual([
    'Step time: measured 24.80 s, predicted 8.04 s (7.00 s to 9.20 s), before 8.00 s',
    'Throughput and power: 21000 tokens/s, predicted 65000; 190 W a GPU, predicted 330',
    'Compared: slow since 2026-11-21T03:00:00Z by the prediction, its own history; consistent with compute-clock on node-07 gpu 3',
  ]);
});

it('what is not known is said or left out, and older results have nothing to add', () => {
  const bare: Comparison = {
    ...comparison,
    component: 'unknown',
    sinceMs: null,
    predicted: null,
    tokensPerSecond: null,
  };
  const { node: _node, device: _device, ...placeless } = bare;
  const lines = speedLines({ ...slow, healthyStepMs: null, comparison: { ...placeless, powerWattsPerGpu: null } });
  expect(lines).toEqual([
    'Step time: measured 24.80 s, no prediction',
    'Compared: slow by the prediction, its own history; cause unknown',
  ]);
  const { comparison: _none, ...older } = slow;
  expect(speedLines(older)).toEqual([]);
});

it('the Web UI and the terminal show them', () => {
  const start = { cluster: 'site-a', workflowId: 'incident/site-a/1', runId: 'r', openedAtMs: 1, observeOnly: false };
  const view = {
    ...newIncidentView({ ...start, recurrenceOf: null }),
    performance: slow,
    comparisons: [{ batch: 'round3-1', summary: 'The job is slow still.' }],
  };
  const details = renderDetails(view);
  expect(details).toContain('- Step time: measured 24.80 s, predicted 8.04 s');
  expect(details).toContain('Speed compared again (round3-1): The job is slow still.');
  const chart = renderChart({ colour: false }, view);
  expect(chart).toContain('consistent with compute-clock on node-07 gpu 3');
  expect(chart).toMatch(/round3-1 +speed compared again: The job is slow still\./);
});
