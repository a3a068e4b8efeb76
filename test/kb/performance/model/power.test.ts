import { describe, expect, it } from 'vitest';
import { predict } from '../../../../kb/performance/model/predict.ts';
import { resolved } from './example-runs.ts';

const watts = (run: Parameters<typeof resolved>[0]): number => predict(resolved(run)).powerWattsPerGpu;
const busy = { gpus: 8, nodes: 1, tp: 8, pp: 1, dp: 1, layers: 48, hidden: 6144, ffn: 24_576, heads: 48, kv_heads: 48 };

describe('mean board power', () => {
  // Sites report 300 to 380 W of A100s that train at some 45 % of their peak.
  it('of an A100 that reaches more than 40 % of its peak lies between 300 and 380 W', () => {
    const { hardwareTflopsPerGpu, powerWattsPerGpu } = predict(resolved({ ...busy, micro_batch: 4, global_batch: 64 }));
    expect(hardwareTflopsPerGpu / 312).toBeGreaterThan(0.4);
    expect(powerWattsPerGpu).toBeGreaterThan(300);
    expect(powerWattsPerGpu).toBeLessThan(380);
  });

  // https://arxiv.org/abs/2503.05804: power while training was at most 85 % of the hardware's maximum.
  it('of an H100 stays near 85 % of its limit', () => {
    const share = watts({ ...busy, gpu: 'H100-SXM5-80GB', framework: 'NeMo', micro_batch: 4, global_batch: 64 }) / 700;
    expect(share).toBeGreaterThan(0.7);
    expect(share).toBeLessThan(0.9);
  });

  it('is clipped by a lower limit and not raised by a higher one', () => {
    const at = (limit: number): number => watts({ ...busy, gpu: `A100-SXM4-80GB ${limit}W` });
    expect(at(250)).toBeLessThanOrEqual(250);
    expect(at(250)).toBeLessThan(at(400));
    expect(at(500)).toBeCloseTo(at(400), 6);
  });

  it('of a GPU that waits for others is the same under any limit above it', () => {
    const waiting = { ...busy, gpus: 16, nodes: 16, tp: 16, network_gbps_per_node: 1 };
    expect(watts({ ...waiting, gpu: 'A100-SXM4-80GB 300W' })).toBeCloseTo(watts(waiting), 0);
  });
});
