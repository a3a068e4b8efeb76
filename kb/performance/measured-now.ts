import { median } from 'simple-statistics';
import { gpuKey, gpuValues, idleGpus, recentValues, seriesOf } from '../metrics/series.ts';
import type { MetricRange } from '../schemas/metric.ts';

/** What stands beside a prediction. Null: not measured. */
export interface MeasuredNow {
  readonly tokensPerSecond: number | null;
  /** Median of the GPUs that work, watts. */
  readonly powerWattsPerGpu: number | null;
}

/** Throughput and power around the alert; `ours` tells the job's GPUs from those of others. */
export function measuredNow(
  range: MetricRange,
  ours: (gpu: { readonly node: string; readonly index: number }) => boolean,
): MeasuredNow {
  const tokens = seriesOf(range, 'training_tokens_per_second').flatMap((series) => recentValues(series, range));
  const idle = idleGpus(range);
  const watts = gpuValues(range, 'DCGM_FI_DEV_POWER_USAGE')
    .filter((gpu) => !idle.has(gpuKey(gpu)) && ours({ node: gpu.node, index: gpu.device.index ?? -1 }))
    .map(({ value }) => value);
  return { tokensPerSecond: middle(tokens), powerWattsPerGpu: middle(watts) };
}

function middle(values: readonly number[]): number | null {
  return values.length === 0 ? null : Math.round(median([...values]));
}
