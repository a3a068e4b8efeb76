import { describe, expect, it } from 'vitest';
import type { GpuView } from '../../../infra/cluster/control-client.ts';
import { renderHeatMap } from '../../../workers/cli/heat-map.ts';

type Row = GpuView['nodes'][number];

const cell = { mhz: 1410, watts: 330, celsius: 62, busy: 100 };
const node = (at: number, over: Partial<Row> = {}): Row => ({
  name: `node-${String(at).padStart(3, '0')}`,
  rack: 'rack-01',
  leaf: `leaf-${Math.ceil(at / 8)}`,
  job: 'pretrain-13b',
  state: 'up',
  gpus: Array.from({ length: 8 }, () => cell),
  ...over,
});
const view = (nodes: readonly Row[]): GpuView => ({ cluster: 'site-a', clusterTime: '', nodes: [...nodes] });
const plain = { colour: false };

describe('a small cluster', () => {
  it('has a line a node with a digit a GPU, and says what is lost, drained and down', () => {
    const throttled = node(1, { gpus: [{ ...cell, mhz: 210 }, null, ...Array.from({ length: 6 }, () => cell)] });
    const map = renderHeatMap(
      plain,
      view([throttled, node(2, { state: 'drained' }), node(3, { state: 'down', gpus: [] })]),
      'clock',
      30,
    );
    expect(map.split('\n')).toEqual([
      'clock: 0 is 210 MHz, 9 is 1410 MHz; x lost, ! no access, - drained',
      'node-001 0 x 9 9 9 9 9 9',
      'node-002-9 9 9 9 9 9 9 9',
      'node-003!down',
    ]);
  });

  it('goes down its columns, as many as fit', () => {
    const lines = renderHeatMap(plain, view([1, 2, 3].map((at) => node(at))), 'power', 60).split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[1]).toMatch(/^node-001 .*node-003 /);
  });

  it('is red where a clock is low, and grey where nobody computes', () => {
    const low = node(1, { gpus: [{ ...cell, mhz: 210 }] });
    const idle = node(2, { job: null, gpus: [{ ...cell, mhz: 210 }] });
    const map = renderHeatMap({ colour: true }, view([low, idle]), 'clock', 40);
    expect(map.split('\n')[1]).toContain('\u001b[38;5;196m');
    expect(map.split('\n')[2]).not.toContain('\u001b[38;5;196m');
  });
});

describe('a thousand nodes', () => {
  it('are a leaf a line, two GPUs a character, no wider than the terminal', () => {
    const rows = Array.from({ length: 1000 }, (_, at) => node(at + 1));
    rows[8] = node(9, { gpus: [{ ...cell, mhz: 210 }, ...Array.from({ length: 7 }, () => cell)] });
    const lines = renderHeatMap(plain, view(rows), 'clock', 160).split('\n');
    expect(lines.length).toBeLessThan(50);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(160);
    expect(lines.find((line) => line.startsWith('leaf-2 '))).toMatch(/^leaf-2 0999 9999 /);
  });
});
