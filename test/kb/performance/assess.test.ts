import { describe, expect, it } from 'vitest';
import { gpuModelOf } from '../../../kb/catalog/hardware.ts';
import { assess } from '../../../kb/performance/assess.ts';
import type { MetricRange } from '../../../kb/schemas/metric.ts';
import { slowJob, without } from '../reasoning/slow-job.ts';

const a800 = (): string => 'NVIDIA A800-SXM4-80GB';

describe('the performance check', () => {
  it("measures against the job's own healthy median", () => {
    const assessment = assess(slowJob().range, a800);
    expect(assessment.tier).toBe('history');
    expect(assessment.slowdownRatio).toBeCloseTo(12.4 / 4.1, 1);
    expect(assessment.healthyStepMs).toBeGreaterThan(4000);
    expect(assessment.healthyStepMs).toBeLessThan(4200);
    expect(assessment.matches.map(({ kind }) => kind)).toContain('performance.job.slow');
  });

  it('finds a healthy job normal', () => {
    const assessment = assess(slowJob(null).range, a800);
    expect(assessment.slowdownRatio).toBeCloseTo(1, 1);
    expect(assessment.matches.map(({ kind }) => kind)).toEqual(['performance.job.normal']);
  });

  it('speaks through the siblings where there is no step time', () => {
    const assessment = assess(without(slowJob().range, 'training_step_seconds'), a800);
    expect(assessment).toMatchObject({ tier: 'siblings', slowdownRatio: null });
  });

  it('speaks through nominal figures where every GPU is slow, and does not call that normal', () => {
    const range = slowJob(null).range;
    const slowAllAlong: MetricRange = {
      ...range,
      series: range.series.map((series) =>
        series.name === 'DCGM_FI_DEV_SM_CLOCK'
          ? { ...series, points: series.points.map(([at]) => [at, 705] as const) }
          : series,
      ),
    };
    const kinds = new Set(assess(slowAllAlong, a800).matches.map(({ kind }) => kind));
    expect([...kinds]).toEqual(['performance.gpu.clock-below-nominal']);
    expect(assess(without(slowAllAlong, 'training_step_seconds'), a800).tier).toBe('nominal');
    expect(assess(without(slowAllAlong, 'training_step_seconds'), () => undefined).tier).toBeNull();
  });

  it('measures nothing from nothing', () => {
    expect(assess({ ...slowJob().range, series: [] }, a800)).toMatchObject({
      tier: null,
      slowdownRatio: null,
      matches: [],
    });
  });

  it('knows the models by the names that nvidia-smi prints', () => {
    expect(gpuModelOf('NVIDIA A800-SXM4-80GB')?.nvlinkGBps).toBe(200);
    expect(gpuModelOf('NVIDIA A100-SXM4-80GB')?.nvlinkGBps).toBe(300);
    expect(gpuModelOf('NVIDIA A800 80GB PCIe')?.powerLimitWatts).toBe(300);
    expect(gpuModelOf('Tesla T4')).toBeUndefined();
  });
});
