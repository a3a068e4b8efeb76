import { describe, expect, test } from 'vitest';
import { jobStory, scraped } from '../../../../../workers/cli/bench/performance/injection/job-story.ts';
import { seededRandom } from '../../../../../workers/cli/bench/random.ts';

const plan = { stepSeconds: 10, endSeconds: 7_200, slow: null, correlation: 0 };
const middle = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

describe('a job that the injection makes up', () => {
  test('steps spread by 2 % around the measured time, after slow first ones', () => {
    const { steps } = jobStory(plan, seededRandom(7));
    expect(steps[0]?.seconds).toBeGreaterThan(20);
    const later = steps.slice(10).map(({ seconds }) => seconds);
    expect(middle(later)).toBeCloseTo(10, 0);
    const logs = later.filter((seconds) => seconds < 15).map((seconds) => Math.log(seconds / 10));
    const spread = Math.sqrt(logs.reduce((sum, log) => sum + log * log, 0) / logs.length);
    expect(spread).toBeGreaterThan(0.016);
    expect(spread).toBeLessThan(0.024);
  });

  test('checkpoints and evaluations lengthen a step, and the log tells of each', () => {
    const { steps, phases } = jobStory({ ...plan, endSeconds: 8_000 }, seededRandom(7));
    expect(phases.filter(({ kind }) => kind === 'checkpoint')).toHaveLength(4);
    expect(phases.filter(({ kind }) => kind === 'evaluation')).toHaveLength(1);
    for (const { fromMs, toMs } of phases) {
      const step = steps.find(({ atMs }) => atMs >= (toMs ?? 0));
      expect(step!.atMs - step!.seconds * 1_000).toBeLessThan(fromMs);
    }
  });

  test('is slower by the factor from the onset on, and the same for the same seed', () => {
    const slow = { ...plan, slow: { fromSeconds: 3_600, factor: 1.5 } };
    const { steps } = jobStory(slow, seededRandom(3));
    expect(jobStory(slow, seededRandom(3)).steps).toEqual(steps);
    const after = steps.filter(({ atMs }) => atMs > 3_700_000).map(({ seconds }) => seconds);
    expect(middle(after)).toBeCloseTo(15, 0);
  });

  test('a correlated noise wanders: neighbours are alike', () => {
    const likeness = (correlation: number): number => {
      const { steps } = jobStory({ ...plan, correlation }, seededRandom(5));
      const logs = steps
        .slice(10)
        .map(({ seconds }) => Math.log(seconds / 10))
        .filter((log) => log < 0.2);
      const pairs = logs.slice(1).map((log, at) => log * (logs[at] ?? 0));
      return pairs.reduce((sum, one) => sum + one, 0) / logs.reduce((sum, log) => sum + log * log, 0);
    };
    expect(likeness(0.5)).toBeGreaterThan(0.35);
    expect(Math.abs(likeness(0))).toBeLessThan(0.15);
  });

  test('a scrape shows the last step that ended, each once', () => {
    const ends = [4, 8, 16, 31, 90];
    const steps = ends.map((end, at) => ({ atMs: end * 1_000, seconds: 1, iteration: at + 1 }));
    expect(scraped(steps, 15).map(({ atMs, iteration }) => [atMs / 1_000, iteration])).toEqual([
      [15, 2],
      [30, 3],
      [45, 4],
      [90, 5],
    ]);
  });
});
