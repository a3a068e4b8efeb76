import { describe, expect, test } from 'vitest';
import { meanInterval } from '../../../../kb/performance/calibration/mean-interval.ts';
import { judgeRuns } from '../../../../kb/performance/calibration/stop-rule.ts';
import { seededRandom, series } from './samples.ts';

const draws = 600;

describe('the 95 % interval holds the true mean', () => {
  // Independent and mildly dependent runs: nominal within three errors of 600 draws. Strong dependence in few runs is
  // not cured by any estimate of it: the bound says what is given.
  test.each([
    { phi: 0, n: 10, atLeast: 0.93 },
    { phi: 0, n: 40, atLeast: 0.93 },
    { phi: 0.3, n: 20, atLeast: 0.9 },
    { phi: 0.3, n: 80, atLeast: 0.92 },
    { phi: 0.5, n: 40, atLeast: 0.9 },
    { phi: 0.5, n: 160, atLeast: 0.92 },
    { phi: 0.8, n: 160, atLeast: 0.92 },
  ])('in at least $atLeast of series of $n runs with correlation $phi', ({ phi, n, atLeast }) => {
    const random = seededRandom(1);
    let held = 0;
    for (let draw = 0; draw < draws; draw += 1) {
      const interval = meanInterval(series({ random, n, phi, sd: 1 }));
      if (interval !== null && Math.abs(interval.mean - 100) <= interval.halfWidth * interval.mean) held += 1;
    }
    expect(held / draws).toBeGreaterThanOrEqual(atLeast);
  });

  test('while the interval for independent samples would miss it one time in three', () => {
    const random = seededRandom(1);
    let held = 0;
    for (let draw = 0; draw < draws; draw += 1) {
      const values = series({ random, n: 40, phi: 0.8, sd: 1 });
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
      if (Math.abs(mean - 100) <= 2.02 * Math.sqrt(variance / values.length)) held += 1;
    }
    expect(held / draws).toBeLessThan(0.67);
  });
});

describe('a mean at which the stop rule ended is within the precision', () => {
  test.each([
    { phi: 0, sd: 1, warmUp: 0, atLeast: 0.98 },
    { phi: 0.3, sd: 1, warmUp: -10, atLeast: 0.95 },
    { phi: 0.5, sd: 1, warmUp: 0, atLeast: 0.92 },
    { phi: 0.3, sd: 2, warmUp: 0, atLeast: 0.88 },
  ])('in $atLeast: correlation $phi, deviation $sd %, warm-up $warmUp %', ({ phi, sd, warmUp, atLeast }) => {
    const random = seededRandom(2);
    const rule = { precision: 0.01, runsMax: 60 };
    let ended = 0;
    let held = 0;
    for (let draw = 0; draw < draws / 2; draw += 1) {
      const values = series({ random, n: rule.runsMax, phi, sd, warmUp });
      const n = values.findIndex((_, at) => judgeRuns(values.slice(0, at + 1), rule).state !== 'more') + 1;
      const judged = judgeRuns(values.slice(0, n), rule);
      if (judged.state !== 'steady') continue;
      ended += 1;
      const interval = meanInterval(values.slice(judged.warmUpRuns, n));
      if (interval !== null && Math.abs(interval.mean - 100) <= 1) held += 1;
    }
    expect(ended).toBeGreaterThan(draws / 4);
    expect(held / ended).toBeGreaterThanOrEqual(atLeast);
  });
});
