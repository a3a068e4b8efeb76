import { describe, expect, it } from 'vitest';
import { headlessCluster } from '../../../../infra/cluster/headless.ts';
import { minutes } from '../held-cluster.ts';

const cluster = () => headlessCluster({ nodes: 4, seed: 3 });

describe('logs without a store', () => {
  it('are there after their window and its lag, and not before', () => {
    const one = cluster();
    const keys = (toMs: number) => [...one.logsBetween(one.startMs, toMs)].map(({ key }) => key);
    const end = (key: string | undefined) => Number(/-(\d+)\.log$/.exec(key ?? '')?.[1]) - one.startMs;
    expect(Math.max(...keys(one.startMs + minutes(3) + 4_999).map(end))).toBe(minutes(2));
    expect(Math.max(...keys(one.startMs + minutes(3) + 5_000).map(end))).toBe(minutes(3));
  });

  it('are made only as far as somebody asks, and only for the keys wanted', () => {
    const one = cluster();
    const asked: string[] = [];
    const objects = one.logsBetween(one.startMs, one.startMs + minutes(20), (key) => {
      asked.push(key);
      return key.includes('/rank-00000/');
    });
    for (const { key, text } of objects) {
      expect(key).toMatch(/^logs\/site-a\/pretrain-13b\/rank-00000\/\d+-\d+\.log$/);
      expect(text).toMatch(/\n$/);
      break;
    }
    expect(new Set(asked.map((key) => key.split('/').at(-1))).size).toBe(1);
  });

  it('of the past are the same later, and none is from before the beginning', () => {
    const one = cluster();
    const range = [one.startMs - minutes(90), one.startMs + minutes(10)] as const;
    const before = [...one.logsBetween(...range)];
    one.inject('gpu-clock-lock');
    one.metricsAt(one.startMs + minutes(30), ['training_']);
    const after = [...one.logsBetween(...range)];
    expect(before.length).toBeGreaterThan(20);
    expect(after.slice(0, before.length)).toEqual(before);
    // At ten minutes the last window was on its way.
    expect(new Set(after.slice(before.length).map(({ key }) => key.split('/').at(-1)))).toEqual(
      new Set([`${one.startMs + minutes(9)}-${one.startMs + minutes(10)}.log`]),
    );
  });
});
