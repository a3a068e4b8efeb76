import { describe, expect, test } from 'vitest';
import {
  gpuSlowFactor,
  jobSlowFactor,
  pipelineSlowFactor,
} from '../../../../../workers/cli/bench/performance/injection/slow-factor.ts';

describe('how much a lower clock slows a job', () => {
  test('nothing at the full clock', () => {
    expect(gpuSlowFactor({ compute: 0.7, memory: 0.2 }, 1)).toBeCloseTo(1);
  });

  test('1410 to 210 MHz: 5.0 at 70 % of compute and none of memory, 3.9 at half', () => {
    expect(gpuSlowFactor({ compute: 0.7, memory: 0 }, 1410 / 210)).toBeCloseTo(5, 1);
    expect(gpuSlowFactor({ compute: 0.5, memory: 0 }, 1410 / 210)).toBeCloseTo(3.86, 1);
  });

  test('1200 MHz costs 12 % at 70 % of compute, and memory does not notice', () => {
    expect(gpuSlowFactor({ compute: 0.7, memory: 0.3 }, 1410 / 1200)).toBeCloseTo(1.1225, 3);
  });

  test('memory follows once the SMs cannot saturate it', () => {
    expect(gpuSlowFactor({ compute: 0, memory: 1 }, 5)).toBeCloseTo(2);
  });

  test('a pipeline hides a part: 5 in one of 8 stages at 64 micro-batches is 4.6', () => {
    expect(pipelineSlowFactor(5, 64, 8)).toBeCloseTo(4.6, 1);
    expect(pipelineSlowFactor(5, 1, 8)).toBeLessThan(2);
    expect(jobSlowFactor({ compute: 0.7, memory: 0 }, 6.71, { microBatches: 64, stages: 1 })).toBeCloseTo(5, 1);
  });
});
