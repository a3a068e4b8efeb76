import { describe, expect, test } from 'vitest';
import { samplesNeeded, t975 } from '../../../../kb/performance/calibration/student-t.ts';

describe("Student's t", () => {
  // NIST/SEMATECH e-Handbook of Statistical Methods, table 1.3.6.7.2
  test.each([
    [1, 12.706],
    [2, 4.303],
    [3, 3.182],
    [4, 2.776],
    [9, 2.262],
    [19, 2.093],
    [29, 2.045],
    [100, 1.984],
    [100_000, 1.96],
  ])('at %d degrees of freedom is that of the tables', (degrees, published) => {
    expect(Math.abs(t975(degrees) / published - 1)).toBeLessThan(0.0015);
  });

  test('has no meaning below one degree of freedom', () => {
    expect(() => t975(0)).toThrow(RangeError);
  });
});

// Spread of single runs, then the runs for half-widths of 0.25, 0.5, 1 and 2 % (t-distribution, independent samples).
test.each([
  [0.005, [18, 7, 4, 3]],
  [0.01, [64, 18, 7, 4]],
  [0.02, [249, 64, 18, 7]],
  [0.05, [1540, 387, 99, 27]],
])('a spread of %d asks for the published number of samples', (spread, wanted) => {
  expect([0.0025, 0.005, 0.01, 0.02].map((precision) => samplesNeeded(spread, precision))).toEqual(wanted);
});
