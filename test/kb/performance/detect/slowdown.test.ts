import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  explainedShare,
  slowdownOfBandwidth,
  slowdownOfClock,
  stepShares,
} from '../../../../kb/performance/detect/slowdown.ts';
import { prediction } from './drawn-job.ts';

describe('what a slow part costs a step', () => {
  it('is what the worked cases say', () => {
    const shares = { compute: 0.7, memory: 0, nvlink: 0.15, network: 0.15, bubble: 0, from: 'usual' } as const;
    // 1410 to 210 MHz at phi 0.7: S = 1 - 0.7 + 6.71 * 0.7 = 5.0; at phi 0.5: 3.9. 1200 MHz at 0.7: 1.12.
    expect(slowdownOfClock(1410 / 210, shares)).toBeCloseTo(5, 1);
    expect(slowdownOfClock(1410 / 210, { ...shares, compute: 0.5, nvlink: 0.35 })).toBeCloseTo(3.86, 1);
    expect(slowdownOfClock(1410 / 1200, shares)).toBeCloseTo(1.12, 2);
  });

  it('of one stage does not stretch the bubble', () => {
    // k = 5, m = 64, p = 8: (k m + p - 1) / (m + p - 1) = 4.6.
    const bubble = 7 / 71;
    const shares = { compute: 1 - bubble, memory: 0, nvlink: 0, network: 0, bubble, from: 'prediction' } as const;
    expect(slowdownOfClock(5, shares)).toBeCloseTo((5 * 64 + 7) / 71, 6);
  });

  it('comes from the prediction of the run, whose shares make a whole', () => {
    const { compute, memory, nvlink, network, bubble } = stepShares(prediction);
    expect(compute + memory + nvlink + network + bubble).toBeCloseTo(1, 6);
    expect(stepShares(null).from).toBe('usual');
  });

  it('grows with the factor and never makes a job faster', () => {
    const factor = fc.double({ min: 0.5, max: 20, noNaN: true });
    fc.assert(
      fc.property(factor, factor, (one, other) => {
        const [low, high] = one < other ? [one, other] : [other, one];
        const shares = stepShares(prediction);
        expect(slowdownOfClock(high, shares)).toBeGreaterThanOrEqual(slowdownOfClock(low, shares));
        expect(slowdownOfClock(low, shares)).toBeGreaterThanOrEqual(1 - 1e-9);
        expect(slowdownOfBandwidth(low, 'network', shares)).toBeGreaterThanOrEqual(1);
      }),
    );
  });

  it('explains a part of a slowdown, at most all of it', () => {
    expect(explainedShare(5, 5)).toBe(1);
    expect(explainedShare(1, 5)).toBe(0);
    expect(explainedShare(Math.sqrt(5), 5)).toBeCloseTo(0.5);
    expect(explainedShare(2, null)).toBeNull();
  });
});
