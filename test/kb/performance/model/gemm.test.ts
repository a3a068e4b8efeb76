import { describe, expect, it } from 'vitest';
import { startValues } from '../../../../kb/performance/model/constants.ts';
import { clockShare, gemmSeconds, ratesOf, straggler } from '../../../../kb/performance/model/gemm.ts';
import { resolved } from './example-runs.ts';

const one = { gpus: 1, nodes: 1, tp: 1, pp: 1, dp: 1, global_batch: 8 };

describe('a matrix product', () => {
  // Best rate of any shape, MAMF table of stas00/ml-engineering compute/accelerator/README.md.
  it.each([
    ['A100-SXM4-80GB', 271.2],
    ['H100-SXM5-80GB', 794.5],
  ] as const)('of %s, when large, comes near to the best measured rate', (gpu, tflops) => {
    const rates = ratesOf(resolved({ ...one, gpu, precision: 'bf16' }), startValues);
    const rate = (2 * 8192 ** 3) / gemmSeconds(8192, 8192, 8192, rates, startValues) / 1e12;
    expect(rate / tflops).toBeGreaterThan(0.85);
    expect(rate / tflops).toBeLessThan(1);
  });

  it('is twice as fast in fp8 at most', () => {
    const run = resolved({ ...one, gpu: 'H100', precision: 'bf16' });
    const eight = resolved({ ...one, gpu: 'H100', precision: 'fp8' });
    const seconds = [run, eight].map((each) => gemmSeconds(8192, 8192, 8192, ratesOf(each, startValues), startValues));
    const gain = (seconds[0] ?? 0) / (seconds[1] ?? 1);
    expect(gain).toBeGreaterThan(1.4);
    expect(gain).toBeLessThanOrEqual(2);
  });

  it('loses efficiency where it is small', () => {
    const rates = ratesOf(resolved(one), startValues);
    const rate = (size: number): number => (2 * size ** 3) / gemmSeconds(size, size, size, rates, startValues);
    expect(rate(512)).toBeLessThan(0.5 * rate(8192));
  });
});

describe('the clock', () => {
  it('falls with the board limit, less than the limit does', () => {
    const share = clockShare(resolved({ gpu: 'H100-SXM5-80GB 500W' }));
    expect(share).toBeGreaterThan(500 / 700);
    expect(share).toBeLessThan(1);
    expect(clockShare(resolved({ gpu: 'H100-SXM5-80GB' }))).toBe(1);
  });
});

describe('the slowest of many GPUs', () => {
  it('is further off the more there are: 2.4 sigma of 80, 3.2 of 800', () => {
    expect(straggler(1, 0.01)).toBe(0);
    expect(Math.abs(straggler(80, 1e-3) / 1e-3 / 2.43 - 1)).toBeLessThan(0.25);
    expect(Math.abs(straggler(800, 1e-3) / 1e-3 / 3.22 - 1)).toBeLessThan(0.15);
  });
});
