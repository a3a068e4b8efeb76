import { describe, expect, test } from 'vitest';
import { batchMeans, lagOne, meanInterval } from '../../../../kb/performance/calibration/mean-interval.ts';
import { judgeRuns, summariseRuns } from '../../../../kb/performance/calibration/stop-rule.ts';
import { warmUpLength } from '../../../../kb/performance/calibration/warm-up.ts';
import { seededRandom, series } from './samples.ts';

const rule = { precision: 0.01, runsMax: 60 };

describe('warm-up', () => {
  test('is cut where a device climbs to its clock', () => {
    const values = [80, 92, 97, ...series({ random: seededRandom(3), n: 27, sd: 0.3 })];
    // By chance the rule may cut a few steady ones with them.
    expect(warmUpLength(values)).toBeGreaterThanOrEqual(3);
    expect(warmUpLength(values)).toBeLessThanOrEqual(6);
  });

  test('is not seen in steady values, nor in a step of rounding', () => {
    expect(warmUpLength(Array.from({ length: 20 }, () => 285))).toBe(0);
    const rounding = [284, ...Array.from({ length: 13 }, () => 283)];
    expect(warmUpLength(rounding)).toBe(1);
    expect(warmUpLength(rounding, 0.0025)).toBe(0);
  });

  test('that goes on to the second half means that nothing is steady', () => {
    expect(warmUpLength([...Array.from({ length: 14 }, (_, at) => 60 + at), 100, 100.1, 99.9, 100, 100.1, 99.9])).toBe(
      null,
    );
  });
});

describe('batch means', () => {
  test('leave the rest of the division out at the beginning', () => {
    expect(batchMeans([9, 1, 3, 5, 7], 2)).toEqual([2, 6]);
  });

  test('take longer blocks where neighbours are alike', () => {
    const dependent = series({ random: seededRandom(4), n: 160, phi: 0.8, sd: 1 });
    const independent = series({ random: seededRandom(4), n: 160, sd: 1 });
    expect(meanInterval(dependent)?.block).toBeGreaterThanOrEqual(4);
    expect(meanInterval(independent)?.block).toBe(1);
    expect(meanInterval(dependent)?.halfWidth).toBeGreaterThan(2 * (meanInterval(independent)?.halfWidth ?? 1));
  });

  test('have a correlation that is worked out by hand', () => {
    // Deviations -2 -1 0 1 2: products 2 + 0 + 0 + 2 over squares 10.
    expect(lagOne([1, 2, 3, 4, 5])).toBeCloseTo(0.4, 12);
    expect(lagOne([7, 7, 7, 7])).toBe(0);
  });
});

describe('the stop rule', () => {
  test('asks for ten runs at least, even of values that never differ', () => {
    const same = (n: number) => Array.from({ length: n }, () => 285);
    expect(judgeRuns(same(9), rule).state).toBe('more');
    expect(judgeRuns(same(10), rule)).toMatchObject({ state: 'steady', halfWidth: 0 });
  });

  test('goes on while the interval is wide, is asked at growing numbers only, and ends at the cap', () => {
    const noisy = series({ random: seededRandom(5), n: 60, sd: 8 });
    expect(judgeRuns(noisy.slice(0, 20), rule).state).toBe('more');
    expect(judgeRuns(noisy, rule).state).toBe('capped');
    const quiet = series({ random: seededRandom(5), n: 13, sd: 0.2 });
    expect([11, 12, 13].map((n) => judgeRuns(quiet.slice(0, n), rule).state)).toEqual(['more', 'more', 'steady']);
  });

  test('leaves a summary with what a later reader needs', () => {
    const values = [90, 95, ...Array.from({ length: 12 }, (_, at) => 100 + (at % 3) - 1)];
    expect(summariseRuns(values, rule)).toMatchObject({
      median: 100,
      mean: 100,
      mad: 1,
      p5: 99,
      runs: 12,
      warmUpRuns: 2,
    });
    expect(summariseRuns([100, 101], rule)).toMatchObject({ runs: 2, halfWidth: null, ended: 'stopped' });
    expect(summariseRuns([], rule)).toBe(null);
  });
});
