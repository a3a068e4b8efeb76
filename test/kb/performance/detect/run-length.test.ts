import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  cusumThreshold,
  detectionDelay,
  inControlRunLength,
  normalSigmas,
  studentSigmas,
} from '../../../../kb/performance/detect/run-length.ts';
import { seeded } from './random.ts';

describe('run lengths', () => {
  it("are Siegmund's published ones", () => {
    // k 0.5: h 4 -> 336, h 5 -> 938 one-sided (Montgomery, Introduction to Statistical Quality Control, section 9.1.4).
    expect(inControlRunLength(0.5, 5)).toBeCloseTo(938.2, 0);
    expect(inControlRunLength(0.5, 4)).toBeCloseTo(338, -1);
    // A step of one sigma with k 0.5, h 5: 10.34 samples.
    expect(detectionDelay(0.5, 5, 1)).toBeCloseTo(10.3, 1);
  });

  it('are met by a simulated CUSUM', () => {
    const random = seeded(11);
    const runs = Array.from({ length: 400 }, () => {
      let sum = 0;
      for (let sample = 1; ; sample += 1) {
        sum = Math.max(0, sum + random.normal() - 0.5);
        if (sum > 4) return sample;
      }
    });
    const average = runs.reduce((total, run) => total + run, 0) / runs.length;
    expect(average).toBeGreaterThan(0.85 * inControlRunLength(0.5, 4));
    expect(average).toBeLessThan(1.15 * inControlRunLength(0.5, 4));
  });

  it('and thresholds are inverses of each other', () => {
    const allowance = fc.double({ min: 0.2, max: 0.6, noNaN: true });
    const length = fc.double({ min: 2, max: 8, noNaN: true }).map((log) => 10 ** log);
    const isInverse = (k: number, wanted: number): boolean =>
      Math.abs(inControlRunLength(k, cusumThreshold(k, wanted)) / wanted - 1) < 1e-3;
    expect(() => fc.assert(fc.property(allowance, length, isInverse))).not.toThrow();
    // Large allowances and short runs need no threshold at all.
    expect(cusumThreshold(4, 50)).toBe(0);
  });

  it('of normal and Student tails are those of the tables', () => {
    expect(normalSigmas(0.025)).toBeCloseTo(1.96, 2);
    expect(normalSigmas(1e-6)).toBeCloseTo(4.753, 2);
    expect(normalSigmas(1e-10)).toBeCloseTo(6.361, 2);
    expect(studentSigmas(0.025, 10)).toBeCloseTo(2.228, 1);
    expect(studentSigmas(0.025, 4)).toBeCloseTo(2.776, 1);
  });
});
