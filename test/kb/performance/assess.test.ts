import { describe, expect, it } from 'vitest';
import { gpuModelOf } from '../../../kb/catalog/hardware.ts';
import { assess } from '../../../kb/performance/assess.ts';
import type { MetricRange } from '../../../kb/schemas/metric.ts';
import type { MetricSeries } from '../../../kb/schemas/metric.ts';
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

  /** The job's steps up to a share of the window, and what stands in their place after it. */
  const after = (share: number, value: number | null): MetricRange => {
    const { range } = slowJob(null);
    const cut = (points: MetricSeries['points']): MetricSeries['points'] => {
      const end = Math.floor(share * points.length);
      return value === null ? points.slice(0, end) : points.map(([at, was], i) => [at, i < end ? was : value] as const);
    };
    return {
      ...range,
      series: range.series.map((one) => (one.name.startsWith('training_') ? { ...one, points: cut(one.points) } : one)),
    };
  };

  it.each([
    ['whose series ended', after(0.7, null)],
    ['whose exporter repeats the last value', after(0.7, 4.1)],
    ['that reports zero', after(0.7, 0)],
  ])('says that a job has stopped, and never that it is healthy: %s', (_name, range) => {
    const { matches, slowdownRatio, measuredStepMs, summary } = assess(range, a800);
    expect(matches.map(({ kind }) => kind)).toEqual(['performance.job.stopped']);
    expect([slowdownRatio, measuredStepMs]).toEqual([null, null]);
    expect(summary).toMatch(/^The job stopped/);
    const stoppedMs = range.fromMs + 0.7 * (range.toMs - range.fromMs);
    expect(Math.abs((matches[0]?.atMs ?? 0) - stoppedMs)).toBeLessThan(60_000);
  });

  it('tells an interrupted job from a healthy one, and a hole in the collection from both', () => {
    const { range } = slowJob(null);
    const hole = (points: MetricSeries['points']): MetricSeries['points'] =>
      points.filter((_point, at) => at < 0.4 * points.length || at > 0.6 * points.length);
    const holed = (only: (name: string) => boolean): MetricRange => ({
      ...range,
      series: range.series.map((one) => (only(one.name) ? { ...one, points: hole(one.points) } : one)),
    });
    const kinds = (of: MetricRange) => assess(of, a800).matches.map(({ kind }) => kind);
    expect(kinds(holed((name) => name.startsWith('training_')))).toEqual(['performance.job.interrupted']);
    expect(kinds(holed(() => true))).toEqual(['performance.job.normal']);
  });

  it('does not call a job stopped because the whole collection ended', () => {
    const { range } = slowJob(null);
    const ended = { ...range, series: range.series.map((one) => ({ ...one, points: one.points.slice(0, 120) })) };
    expect(assess(ended, a800).matches.map(({ kind }) => kind)).not.toContain('performance.job.stopped');
  });

  it('does not take one long checkpoint for a stop', () => {
    const { range } = slowJob(null);
    const pause = (points: MetricSeries['points']) => points.filter((_point, at) => at < 100 || at > 105);
    const paused = {
      ...range,
      series: range.series.map((one) =>
        one.name.startsWith('training_') ? { ...one, points: pause(one.points) } : one,
      ),
    };
    expect(assess(paused, a800).matches.map(({ kind }) => kind)).toEqual(['performance.job.normal']);
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
