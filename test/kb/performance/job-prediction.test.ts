import { describe, expect, it } from 'vitest';
import { predictJob } from '../../../kb/performance/job-prediction.ts';
import { stepTerms, type Prediction } from '../../../kb/performance/prediction.ts';
import { gpt3Run } from './model/example-runs.ts';

function atShare(slowestShare: number | null): Prediction {
  const predicted = predictJob(gpt3Run, { site: null, slowestShare });
  if (predicted.kind === 'refused') throw new Error(JSON.stringify(predicted.problems));
  return predicted.prediction;
}

describe('a job on GPUs of which one computes slower', () => {
  it('takes longer, by less than the GPU is slower, and its parts still add up', () => {
    const [healthy, slowed] = [atShare(null), atShare(0.8)];
    expect(slowed.iterationSeconds / healthy.iterationSeconds).toBeGreaterThan(1.1);
    expect(slowed.iterationSeconds / healthy.iterationSeconds).toBeLessThan(1.25);
    expect(stepTerms.reduce((sum, term) => sum + slowed.breakdown[term], 0)).toBeCloseTo(slowed.iterationSeconds, 9);
    expect(slowed.low).toBeLessThan(slowed.iterationSeconds);
    expect(slowed.high).toBeGreaterThan(slowed.iterationSeconds);
  });

  it.each([1, 1.2, 0, -1, Number.NaN])(
    'is predicted as healthy where the share is %d: no slow GPU was measured',
    (share) => {
      expect(atShare(share)).toEqual(atShare(null));
    },
  );
});
