import { median } from 'simple-statistics';
import { gpuModelOf } from '../catalog/hardware.ts';
import { changePoint } from '../metrics/change-point.ts';
import { outliers, type Outlier } from '../metrics/outliers.ts';
import { combined, gpuKey, gpuValues, idleGpus, recentValues, seriesOf, type GpuValue } from '../metrics/series.ts';
import type { MetricMatch, MetricRange, MetricSeries } from '../schemas/metric.ts';
import { jobProgress, type Progress } from '../metrics/job-progress.ts';
import { gpuBelowNominal, jobInterrupted, jobNormal, jobSlow, jobStopped } from './kinds.ts';

export interface Assessment {
  /** Step time now over the healthy median of the same job; `null` when there is no step time to read. */
  readonly slowdownRatio: number | null;
  readonly measuredStepMs: number | null;
  readonly healthyStepMs: number | null;
  readonly tier: 'history' | 'siblings' | 'nominal' | null;
  readonly summary: string;
  readonly matches: readonly MetricMatch[];
}

// A healthy job's steps spread by about 2 %; SuperBench (ATC 2024) calls 5 % a regression. Twice that is slow.
const slowShare = 0.1;
// The driver's hardware slow-down cuts clocks to a half; the best sustained clocks of a busy GPU stay above 0.85.
// https://docs.nvidia.com/deploy/nvml-api/group__nvmlClocksEventReasons.html
const belowNominalShare = 0.7;

/**
 * Measured speed against three yardsticks: the job's own history, GPUs beside each other, and the nominal figures of
 * the model. `modelOf` gives a GPU's model name by node and index.
 */
export function assess(range: MetricRange, modelOf: (gpu: GpuValue) => string | undefined): Assessment {
  const progress = jobProgress(range);
  if (progress?.kind === 'stopped') return stopped(range, progress);
  const speed = stepSpeed(range);
  const idle = idleGpus(range);
  const clocks = gpuValues(range, 'DCGM_FI_DEV_SM_CLOCK').filter((gpu) => !idle.has(gpuKey(gpu)));
  const slowSiblings = outliers(clocks, 'below');
  const nominal = clocks.flatMap((gpu) => belowNominal(gpu, modelOf(gpu)));
  const tier =
    speed !== null ? 'history' : slowSiblings.length > 0 ? 'siblings' : nominal.length > 0 ? 'nominal' : null;
  return {
    slowdownRatio: speed?.ratio ?? null,
    measuredStepMs: speed === null ? null : Math.round(speed.measuredMs),
    healthyStepMs: speed === null ? null : Math.round(speed.healthyMs),
    tier,
    summary: summaryText(speed, slowSiblings, nominal.length, powerText(range)),
    matches: [...interruption(progress), ...speedMatches(speed, nominal.length, progress), ...nominal],
  };
}

/** A job that does no step has no speed; what its last steps took says nothing of now. */
function stopped(range: MetricRange, { lastStepMs }: Progress): Assessment {
  const healthy = seriesOf(range, 'training_step_seconds')
    .flatMap(({ points }) => points.filter(([atMs]) => atMs <= lastStepMs).map(([, value]) => value))
    .filter((value) => value > 0);
  const beforeAlertS = (range.alertAtMs - lastStepMs) / 1000;
  const when = `${Math.abs(Math.round(beforeAlertS))} s ${beforeAlertS >= 0 ? 'before' : 'after'} the alert`;
  return {
    slowdownRatio: null,
    measuredStepMs: null,
    healthyStepMs: healthy.length === 0 ? null : Math.round(1000 * median(healthy)),
    tier: null,
    summary: `The job stopped: its last step was done ${when}.`,
    matches: [{ kind: jobStopped.id, atMs: lastStepMs, text: `the last step was done ${when}` }],
  };
}

function interruption(progress: Progress | null): readonly MetricMatch[] {
  if (progress?.kind !== 'interrupted') return [];
  return [{ kind: jobInterrupted.id, atMs: progress.lastStepMs, text: 'no step was done for a while' }];
}

interface Speed {
  readonly measuredMs: number;
  readonly healthyMs: number;
  readonly ratio: number;
  readonly sinceMs: number | null;
}

/**
 * The recent median against the job's healthy one: the level before the step time changed, or without a change the
 * median of everything before the alert.
 */
export function stepSpeed(range: MetricRange): Speed | null {
  const series = seriesOf(range, 'training_step_seconds');
  const recent = series.flatMap((one) => recentValues(one, range));
  const points = combined(series, median);
  const earlier = points.filter(([atMs]) => atMs < range.alertAtMs).map(([, value]) => value);
  if (recent.length === 0 || earlier.length === 0) return null;
  const change = changePoint(points, slowShare);
  const slower = change !== null && change.ratio > 1;
  const healthyMs = 1000 * (slower ? change.before : median(earlier));
  const measuredMs = 1000 * median(recent);
  return { measuredMs, healthyMs, ratio: measuredMs / healthyMs, sinceMs: slower ? change.atMs : null };
}

function speedMatches(
  speed: Speed | null,
  belowNominalCount: number,
  progress: Progress | null,
): readonly MetricMatch[] {
  if (speed === null) return [];
  const values = {
    stepMs: Math.round(speed.measuredMs),
    healthyStepMs: Math.round(speed.healthyMs),
    ratio: speed.ratio,
  };
  if (speed.ratio > 1 + slowShare)
    return [
      {
        kind: jobSlow.id,
        ...(speed.sinceMs === null ? {} : { atMs: speed.sinceMs }),
        text: `steps take ${speed.ratio.toFixed(2)} times the healthy median`,
        values,
      },
    ];
  // A job that was slow all along looks normal beside itself; then the nominal figures speak.
  return belowNominalCount > 0 || progress?.kind === 'interrupted'
    ? []
    : [{ kind: jobNormal.id, text: 'steps take as long as they did before', values }];
}

function belowNominal(gpu: GpuValue, modelName: string | undefined): readonly MetricMatch[] {
  const model = modelName === undefined ? undefined : gpuModelOf(modelName);
  if (model === undefined || gpu.value >= belowNominalShare * model.smClockMaxMhz) return [];
  return [
    {
      kind: gpuBelowNominal.id,
      node: gpu.node,
      device: gpu.device,
      text: `busy at ${gpu.value.toFixed(0)} MHz, nominal ${model.smClockMaxMhz} MHz`,
      values: { smMhz: gpu.value, nominalMhz: model.smClockMaxMhz },
    },
  ];
}

function powerText(range: MetricRange): string | null {
  const power: readonly MetricSeries[] = seriesOf(range, 'DCGM_FI_DEV_POWER_USAGE');
  const now = power.flatMap((one) => recentValues(one, range));
  const before = power.flatMap(({ points }) =>
    points.filter(([atMs]) => atMs < range.alertAtMs).map(([, value]) => value),
  );
  if (now.length === 0 || before.length === 0) return null;
  return `median GPU power ${median(now).toFixed(0)} W, ${median(before).toFixed(0)} W over the time before`;
}

function summaryText(
  speed: Speed | null,
  siblings: readonly Outlier[],
  nominalCount: number,
  power: string | null,
): string {
  const parts = [
    speed === null
      ? 'No step time was measured'
      : `A step takes ${(speed.measuredMs / 1000).toFixed(2)} s, healthy ${(speed.healthyMs / 1000).toFixed(2)} s (${speed.ratio.toFixed(2)} times)`,
    siblings.length === 0
      ? null
      : `${siblings.length} GPU${siblings.length === 1 ? '' : 's'} clocked below the siblings`,
    nominalCount === 0 ? null : `${nominalCount} busy below the nominal clock`,
    power,
  ].filter((part) => part !== null);
  return `${parts.join('; ')}.`;
}
