import { describe, expect, it } from 'vitest';
import { startValues } from '../../../../kb/performance/model/constants.ts';
import { allReduceSeconds, gatherSeconds, groupOf } from '../../../../kb/performance/model/network.ts';
import { resolved } from './example-runs.ts';

const wires = resolved({});
const gigabyte = 1024 ** 3;

describe('a parallel group', () => {
  it('fills nodes with its stride', () => {
    expect(groupOf(8, 1, 8)).toEqual({ size: 8, perNode: 8, nodes: 1, sharing: 1 });
    expect(groupOf(16, 8, 8)).toEqual({ size: 16, perNode: 1, nodes: 16, sharing: 8 });
    expect(groupOf(16, 2, 8)).toEqual({ size: 16, perNode: 4, nodes: 4, sharing: 2 });
    expect(groupOf(16, 1, 8)).toEqual({ size: 16, perNode: 8, nodes: 2, sharing: 1 });
  });
});

describe('an all-reduce', () => {
  it('passes 2(n-1)/n of the bytes: measured bus bandwidths of vTrain come back within 7 %', () => {
    // Large messages, trace/a100 of https://github.com/VIA-Research/vTrain: GPUs, GB/s of the bus at 1 GiB.
    const measured = [
      [2, 197.28],
      [4, 221.86],
      [8, 229.35],
    ] as const;
    for (const [gpus, gigabytes] of measured) {
      const seconds = allReduceSeconds(gigabyte, groupOf(gpus, 1, 8), wires, startValues);
      const bus = (2 * (gpus - 1) * gigabyte) / gpus / seconds / 1e9;
      expect(Math.abs(bus / gigabytes - 1)).toBeLessThan(0.07);
    }
  });

  it('costs a node with one NVLink rate and the network where it leaves the node', () => {
    const inside = allReduceSeconds(gigabyte, groupOf(8, 1, 8), wires, startValues);
    const across = allReduceSeconds(gigabyte, groupOf(16, 1, 8), wires, startValues);
    const slower = { ...wires, networkBytesPerSecond: wires.networkBytesPerSecond / 4 };
    expect(across).toBeGreaterThanOrEqual(inside);
    expect(allReduceSeconds(gigabyte, groupOf(16, 1, 8), slower, startValues)).toBeGreaterThan(2 * across);
    expect(allReduceSeconds(gigabyte, groupOf(8, 1, 8), slower, startValues)).toBe(inside);
  });

  it('is two gathers, less what starting one costs', () => {
    const group = groupOf(8, 1, 8);
    const whole = allReduceSeconds(gigabyte, group, wires, startValues);
    const half = gatherSeconds(gigabyte, group, wires, startValues);
    expect(2 * half - whole).toBeCloseTo(startValues.nvlinkLatencySeconds, 9);
  });

  it('of one GPU costs nothing', () => {
    expect(allReduceSeconds(gigabyte, groupOf(1, 1, 8), wires, startValues)).toBe(0);
  });

  it('between cards without NVLink goes over PCIe', () => {
    const cards = resolved({ gpu: 'A800 80GB PCIe' });
    const sxm = resolved({ gpu: 'A800-SXM4-80GB' });
    const [slow, fast] = [cards, sxm].map((run) => allReduceSeconds(gigabyte, groupOf(8, 1, 8), run, startValues));
    expect((slow ?? 0) / (fast ?? 1)).toBeGreaterThan(4);
  });
});
