import { expect, it } from 'vitest';
import { calibrationOf } from '../../../../../workers/cli/bench/excerpts/calibration.ts';
import type { Judged } from '../../../../../workers/cli/bench/excerpts/score.ts';

const one = (expected: string, shares: Readonly<Record<string, number>>): Judged => {
  const [first, stated] = Object.entries(shares).toSorted(([, a], [, b]) => b - a)[0] ?? ['', 0];
  return {
    name: expected,
    expected,
    expectedVerdict: null,
    verdict: 'not-proven',
    ranked: [first],
    stated,
    shares: new Map(Object.entries(shares)),
    firstFaultRight: true,
    ms: 1,
  };
};

it('gives Brier score and log loss over all categories', () => {
  const sure = calibrationOf([one('a', { a: 1, b: 0 })]);
  expect(sure).toMatchObject({ brier: 0, expectedError: 0 });
  expect(sure?.logLoss).toBeCloseTo(0, 10);
  // (0.7 - 1)² + 0.3² and (0.7)² + (0.3 - 1)².
  const halves = calibrationOf([one('a', { a: 0.7, b: 0.3 }), one('b', { a: 0.7, b: 0.3 })]);
  expect(halves?.brier).toBeCloseTo((0.18 + 0.98) / 2, 10);
  expect(halves?.logLoss).toBeCloseTo(-(Math.log(0.7) + Math.log(0.3)) / 2, 10);
});

it('counts a category that was given nothing in full, and does not divide by its nothing', () => {
  const missed = calibrationOf([one('c', { a: 1 })]);
  expect(missed?.brier).toBe(2);
  expect(missed?.logLoss).toBeCloseTo(-Math.log(1e-6), 10);
});

it('puts what was stated beside how often it was right', () => {
  const stated = (right: boolean) => one(right ? 'a' : 'b', { a: 0.85, b: 0.15 });
  const calibration = calibrationOf([stated(true), stated(true), stated(true), stated(false), one('a', { a: 1 })]);
  expect(calibration?.reliability).toMatchObject([
    { from: 0.8, to: 0.9, right: { right: 3, of: 4 } },
    { from: 0.95, to: 1, stated: 1, right: { right: 1, of: 1 } },
  ]);
  expect(calibration?.reliability[0]?.stated).toBeCloseTo(0.85, 10);
  expect(calibration?.expectedError).toBeCloseTo((4 * 0.1) / 5, 10);
});

it('says nothing of no cases', () => {
  expect(calibrationOf([])).toBeNull();
});
