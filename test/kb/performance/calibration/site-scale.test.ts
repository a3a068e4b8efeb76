import { describe, expect, test } from 'vitest';
import { errorAgainstK } from '../../../../kb/performance/calibration/error-against-k.ts';
import { healthyStep } from '../../../../kb/performance/calibration/healthy-step.ts';
import { measuredSeconds } from '../../../../kb/performance/calibration/measured-seconds.ts';
import { modelAnswers } from '../../../../kb/performance/calibration/model-answers.ts';
import { seededRandom, series } from './samples.ts';

const mean = (runs: readonly { readonly ratio: number }[]) =>
  runs.reduce((sum, { ratio }) => sum + ratio, 0) / runs.length;

describe('error against the number of runs', () => {
  test('is the whole bias with none, and what the runs differ by with some', () => {
    const runs = [1.2, 1.2, 1.2, 1.2].map((ratio) => ({ ratio }));
    const errors = errorAgainstK(runs, { fit: mean, random: seededRandom(1) });
    expect(errors.map(({ k }) => k)).toEqual([0, 1, 2, 3]);
    expect(errors[0]?.medianError).toBeCloseTo(1 - 1 / 1.2, 10);
    expect(errors[1]?.medianError).toBeCloseTo(0, 10);
  });

  test('falls with more runs of a noisy site', () => {
    const ratios = series({ random: seededRandom(9), n: 60, sd: 8 }).map((value) => ({ ratio: value / 80 }));
    const errors = errorAgainstK(ratios, { fit: mean, random: seededRandom(1) });
    expect(errors.map(({ k }) => k)).toEqual([0, 1, 2, 3, 5, 10]);
    expect(errors[1]?.meanError).toBeLessThan((errors[0]?.meanError ?? 0) / 2);
    expect(errors[5]?.meanError).toBeLessThan(errors[1]?.meanError ?? 0);
  });
});

describe('the healthy step of a job', () => {
  test('is not moved by checkpoints and a slow spell', () => {
    const steps = Array.from({ length: 40 }, (_, at) => (at % 10 === 9 ? 30 : at > 32 ? 16 : 8 + 0.01 * (at % 4)));
    expect(healthyStep(steps)).toMatchObject({ kind: 'healthy', steps: 40 });
    expect(healthyStep(steps)).toMatchObject({ seconds: expect.closeTo(8, 1) as number });
  });

  test('is refused where there are few steps or no steady ones', () => {
    expect(healthyStep([8, 8, 8])).toMatchObject({
      kind: 'unclear',
      why: expect.stringContaining('3 steps') as string,
    });
    const wild = Array.from({ length: 30 }, (_, at) => 5 + (at % 10));
    expect(healthyStep(wild)).toMatchObject({ kind: 'unclear', why: expect.stringContaining('not steady') as string });
  });
});

test('measured seconds follow from tokens where no step time is stated', () => {
  const resolved = { globalBatch: 100, seq: 2048 };
  expect(measuredSeconds({ gpus: 8, measured: { iteration_s: 3, tokens_per_s: 1 } }, resolved)).toBe(3);
  expect(measuredSeconds({ gpus: 8, measured: { tokens_per_s: 204_800 } }, resolved)).toBe(1);
  expect(measuredSeconds({ gpus: 8, measured: { tokens_per_s_per_gpu: 25_600 } }, resolved)).toBe(1);
  expect(measuredSeconds({ gpus: 8, measured: {} }, resolved)).toBe(null);
  expect(measuredSeconds({ gpus: 8 }, resolved)).toBe(null);
});

test('the model answers all runs that stand for it', () => {
  expect(modelAnswers()).toHaveLength(3);
  for (const seconds of modelAnswers()) expect(seconds).toBeGreaterThan(0.1);
});
