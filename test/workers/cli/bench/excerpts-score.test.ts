import { expect, it } from 'vitest';
import { scoreOf, wilson, type Judged } from '../../../../workers/cli/bench/excerpts/score.ts';

const one = (
  name: string,
  expected: string | null,
  ranked: readonly string[],
  verdict: Judged['verdict'] = 'attributed',
): Judged => ({
  name,
  expected,
  expectedVerdict: expected === null ? 'no-fault' : null,
  verdict,
  ranked,
  stated: ranked.length === 0 ? null : 0.9,
  shares: new Map(ranked.map((category, at) => [category, at === 0 ? 0.9 : 0.1])),
  firstFaultRight: true,
  ms: 0,
});

it('counts what comes first, what is among three, and what was attributed', () => {
  const score = scoreOf([
    one('a', 'gpu-oom', ['gpu-oom']),
    one('b', 'gpu-oom', ['host-oom', 'gpu-oom'], 'not-proven'),
    one('c', 'host-oom', ['gpu-oom', 'x', 'y', 'host-oom']),
    one('d', null, [], 'no-fault'),
    one('e', null, ['gpu-oom']),
  ]);
  expect(score).toMatchObject({
    cases: 5,
    categories: 2,
    top1: { right: 1, of: 3 },
    top3: { right: 2, of: 3 },
    attributedPrecision: { right: 1, of: 3 },
    attributedCoverage: { right: 2, of: 3 },
    decoysRight: { right: 1, of: 2 },
  });
  // gpu-oom: 1 right, 2 said wrongly, 1 missed; host-oom: 0 right, 1 said wrongly, 1 missed.
  expect(score.microF1).toBeCloseTo(2 / (2 + 3 + 2), 10);
  expect(score.macroF1).toBeCloseTo((2 / (2 + 2 + 1) + 0) / 2, 10);
  expect(score.confusions.flatMap(({ cases }) => cases).toSorted()).toEqual(['b', 'c', 'e']);
});

it('gives the interval of Wilson', () => {
  // Newcombe 1998, "Two-sided confidence intervals for the single proportion", table I: 81 of 263.
  const { low, high } = wilson(81, 263);
  expect([low, high].map((value) => Number(value.toFixed(4)))).toEqual([0.2553, 0.3662]);
  expect(wilson(0, 0)).toEqual({ low: 0, high: 1 });
});
