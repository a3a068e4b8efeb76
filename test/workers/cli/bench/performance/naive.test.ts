import { describe, expect, test } from 'vitest';
import {
  efficiencyFrom,
  efficiencyOf,
  naiveSeconds,
  type NaiveRun,
} from '../../../../../workers/cli/bench/performance/naive.ts';

// 8 GPUs of 300 TFLOP/s, 4,800 TFLOP: 2 s at the peak, 4 s at half of it.
const run: NaiveRun = {
  source: 'a/a',
  gpuGeneration: 'ampere',
  fp8: false,
  gpus: 8,
  peakTflops: 300,
  hardwareTflop: 4_800,
  bubble: 0,
  measuredSeconds: 4,
};

describe('the baseline of a constant efficiency', () => {
  test('FLOPs over peak and efficiency is the time, and the other way round', () => {
    expect(naiveSeconds(run, 0.5)).toBeCloseTo(4);
    expect(efficiencyOf(run)).toBeCloseTo(0.5);
  });

  test('a bubble of a quarter lengthens the step by a quarter and costs no efficiency', () => {
    const piped = { ...run, bubble: 0.25, measuredSeconds: 5 };
    expect(naiveSeconds(piped, 0.5)).toBeCloseTo(5);
    expect(efficiencyOf(piped)).toBeCloseTo(0.5);
  });

  test('takes the median of the same generation and precision, then the generation, then all', () => {
    const at = (efficiency: number, gpuGeneration: string, fp8 = false): NaiveRun => ({
      ...run,
      gpuGeneration,
      fp8,
      measuredSeconds: naiveSeconds(run, efficiency),
    });
    const seen = [at(0.3, 'ampere'), at(0.4, 'ampere'), at(0.6, 'ampere'), at(0.2, 'hopper', true)];
    expect(efficiencyFrom(seen, at(1, 'ampere'))).toBeCloseTo(0.4);
    expect(efficiencyFrom(seen, at(1, 'hopper', false))).toBeCloseTo(0.2);
    expect(efficiencyFrom(seen, at(1, 'volta'))).toBeCloseTo(0.35);
    expect(efficiencyFrom([], run)).toBeNull();
  });
});
