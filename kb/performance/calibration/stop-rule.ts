import { mean, median, medianAbsoluteDeviation, quantile, sampleStandardDeviation } from 'simple-statistics';
import type { DeviceFigure } from '../../schemas/calibration.ts';
import { batchesMin, meanInterval } from './mean-interval.ts';
import { warmUpLength } from './warm-up.ts';

/** When a figure has been measured often enough. */
export interface StopRule {
  /** Half of the 95 % interval over the mean; 0.01 is 1 %. */
  readonly precision: number;
  /** Runs of the tool, warm-up included, after which it ends in any case. */
  readonly runsMax: number;
}

/** Runs of one figure, and whether they are enough. */
export interface RunsJudged {
  readonly state: 'more' | 'steady' | 'capped';
  readonly warmUpRuns: number;
  /** Null: too few runs after warm-up. */
  readonly halfWidth: number | null;
  readonly block: number;
  readonly lagOne: number;
}

/**
 * Warm-up is cut, then: half-width over mean below the precision with at least ten batch means, or the cap. More runs
 * take out noise. They don't take out bias: what is measured cold, or at other shapes than a job's, stays wrong.
 */
export function judgeRuns(values: readonly number[], rule: StopRule): RunsJudged {
  const capped = values.length >= rule.runsMax;
  const cut = warmUpLength(values, rule.precision / 4);
  const interval = meanInterval(values.slice(cut ?? 0));
  const steady = cut !== null && interval !== null && interval.halfWidth < rule.precision;
  const asked = capped || looks.includes(values.length);
  return {
    state: !asked ? 'more' : steady ? 'steady' : capped ? 'capped' : 'more',
    warmUpRuns: cut ?? 0,
    halfWidth: interval?.halfWidth ?? null,
    block: interval?.block ?? 1,
    lagOne: interval?.lagOne ?? 0,
  };
}

/**
 * Numbers of runs at which the rule is asked, each a quarter more than the one before. Asked after every run, it would
 * stop at the first interval that is narrow by chance: of runs that vary by 2 % and depend on each other (0.3) 83 %
 * then hold the truth, and 87 % so (test/kb/performance/calibration/coverage.test.ts).
 */
const looks: readonly number[] = Array.from({ length: 40 }).reduce<number[]>(
  (before) => [...before, Math.ceil((before.at(-1) ?? batchesMin) * 1.25)],
  [batchesMin],
);

export type RunsSummary = Pick<
  DeviceFigure,
  'mean' | 'median' | 'mad' | 'p5' | 'spread' | 'halfWidth' | 'runs' | 'warmUpRuns' | 'blockRuns' | 'lagOne' | 'ended'
>;

/** The N0 of these runs; null where nothing was measured. */
export function summariseRuns(values: readonly number[], rule: StopRule): RunsSummary | null {
  if (values.length === 0) return null;
  const judged = judgeRuns(values, rule);
  const rest = values.slice(judged.warmUpRuns);
  const middle = mean(rest);
  return {
    mean: middle,
    median: median(rest),
    mad: medianAbsoluteDeviation(rest),
    p5: quantile(rest, 0.05),
    spread: rest.length < 2 ? 0 : sampleStandardDeviation(rest) / middle,
    halfWidth: judged.halfWidth,
    runs: rest.length,
    warmUpRuns: judged.warmUpRuns,
    blockRuns: judged.block,
    lagOne: Math.max(-1, Math.min(1, judged.lagOne)),
    ended: judged.state === 'more' ? 'stopped' : judged.state,
  };
}
