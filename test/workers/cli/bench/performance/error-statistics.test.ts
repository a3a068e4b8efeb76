import { describe, expect, test } from 'vitest';
import { errorPercent, errorStatistics } from '../../../../../workers/cli/bench/performance/error-statistics.ts';

const off = (...percents: readonly number[]) =>
  percents.map((percent) => ({ measuredSeconds: 2, predictedSeconds: 2 * (1 + percent / 100) }));

describe('error statistics', () => {
  test('a prediction of 3 s for a step of 2 s is 50 % too slow, of 1 s 50 % too fast', () => {
    expect(errorPercent({ measuredSeconds: 2, predictedSeconds: 3 })).toBeCloseTo(50);
    expect(errorPercent({ measuredSeconds: 2, predictedSeconds: 1 })).toBeCloseTo(-50);
  });

  test('mean, median, bias, 90th percentile and share within 10 % of a hand-made case', () => {
    const statistics = errorStatistics(off(-4, 8, -20, 12, 9.9));
    expect(statistics?.n).toBe(5);
    expect(statistics?.meanAbsolute.value).toBeCloseTo(10.78);
    expect(statistics?.medianAbsolute.value).toBeCloseTo(9.9);
    expect(statistics?.bias).toBeCloseTo(1.18);
    expect(statistics?.p90Absolute).toBeCloseTo(16.8);
    expect(statistics?.within10).toBe(60);
  });

  test('an interval holds its value, is the same at every run, and narrows with more runs', () => {
    const few = errorStatistics(off(1, 5, 9, 2, 14, 3));
    const many = errorStatistics(Array.from({ length: 30 }, () => off(1, 5, 9, 2, 14, 3)).flat());
    expect(errorStatistics(off(1, 5, 9, 2, 14, 3))).toEqual(few);
    expect(few!.meanAbsolute.low).toBeLessThan(few!.meanAbsolute.value);
    expect(few!.meanAbsolute.high).toBeGreaterThan(few!.meanAbsolute.value);
    const width = ({ low, high }: { low: number; high: number }): number => high - low;
    expect(width(many!.meanAbsolute)).toBeLessThan(width(few!.meanAbsolute) / 2);
  });

  test('nothing compared has no statistics', () => {
    expect(errorStatistics([])).toBeNull();
  });
});
