import { describe, expect, test } from 'vitest';
import { MetricWindow } from '../../../../../workers/cli/bench/performance/simulated/metric-window.ts';
import { expositionReader } from '../../../../../workers/cli/bench/performance/simulated/read-exposition.ts';

describe('a scrape', () => {
  test('is read as the exposition format says, whatever stands in a label', () => {
    const samples = expositionReader()(
      [
        '# HELP DCGM_FI_DEV_SM_CLOCK SM clock frequency (in MHz).',
        '# TYPE DCGM_FI_DEV_SM_CLOCK gauge',
        'DCGM_FI_DEV_SM_CLOCK{gpu="0",Hostname="node-01"} 1410',
        'node_load1 0.25 1395066363000',
        'odd{text="a \\"} b\\\\ {c"} +Inf',
        'odd{} NaN',
        'no value',
        '} 1',
      ].join('\n'),
    );
    expect(samples.map(({ name, labels, value }) => [name, labels, value])).toEqual([
      ['DCGM_FI_DEV_SM_CLOCK', { gpu: '0', Hostname: 'node-01' }, 1410],
      ['node_load1', {}, 0.25],
      ['odd', { text: 'a "} b\\ {c' }, Infinity],
      ['odd', {}, Number.NaN],
    ]);
  });

  test('a window keeps what is young enough, and the series of one job', () => {
    const read = expositionReader();
    const window = new MetricWindow(60_000);
    for (const [atMs, step] of [
      [0, 8],
      [30_000, 9],
      [60_000, 10],
      [90_000, 11],
    ] as const)
      window.add(
        atMs,
        read(`training_step_seconds{job="a"} ${step}\ntraining_step_seconds{job="b"} 1\nclock{gpu="0"} 5`),
      );
    const range = window.rangeAt(90_000, 30_000, 'a');
    expect(range.series.map(({ name, labels }) => [name, labels])).toEqual([
      ['training_step_seconds', { job: 'a' }],
      ['clock', { gpu: '0' }],
    ]);
    expect(range.series[0]?.points).toEqual([
      [60_000, 10],
      [90_000, 11],
    ]);
    window.add(400_000, read('clock{gpu="0"} 6'));
    expect(window.rangeAt(400_000, 30_000).series).toHaveLength(1);
  });
});
