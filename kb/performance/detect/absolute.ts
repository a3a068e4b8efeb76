import { mean, median } from 'simple-statistics';
import { gpuModelOf } from '../../catalog/hardware.ts';
import { gpuValues } from '../../metrics/series.ts';
import type { MetricRange } from '../../schemas/metric.ts';
import { siteFreedom } from '../fit/fit.ts';
import type { Prediction, SiteScale } from '../prediction.ts';
import type { GpuGroups, ModelOf } from './gpu-group.ts';
import type { AlarmPolicy } from './policy.ts';
import { studentSigmas } from './run-length.ts';

/** Measured against predicted step time. */
export interface AbsoluteJudgement {
  readonly ratio: number;
  /** Above this ratio a job counts as slow. */
  readonly limit: number;
  readonly sigma: number;
  /** Distance in sigma. */
  readonly distance: number;
  readonly isSlow: boolean;
}

/**
 * The threshold is the policy's probability in standard deviations of log(measured / predicted). Where the site's
 * scale comes from few runs, both that scale and its spread are less certain: Student's quantile and the root of
 * 1 + 1/n. `prediction` has the site's scale in it already.
 */
export function judgeAbsolute(
  measuredSeconds: number,
  prediction: Prediction,
  site: SiteScale | null,
  { absolute }: AlarmPolicy,
): AbsoluteJudgement {
  const runs = site?.runs ?? 0;
  const sigmas =
    runs > 1 ? Math.max(absolute.sigmas, studentSigmas(absolute.probability, siteFreedom({ runs }))) : absolute.sigmas;
  const sigma = (site !== null && runs > 1 ? site.sigma : prediction.sigma) * (runs > 0 ? Math.sqrt(1 + 1 / runs) : 1);
  const ratio = measuredSeconds / prediction.iterationSeconds;
  const limit = Math.exp(sigmas * sigma);
  return { ratio, limit, sigma, distance: sigma > 0 ? Math.log(ratio) / sigma : 0, isSlow: ratio > limit };
}

/** Measured and predicted board power of a GPU, and tensor activity times clock share; what is not collected is `null`. */
export interface PowerJudgement {
  readonly watts: number | null;
  readonly predictedWatts: number | null;
  readonly utilisation: number | null;
  readonly predictedUtilisation: number | null;
  readonly isLow: boolean;
}

// Mean job power under 0.85 of the predicted one, with throughput low as well (perf-model notes, section 5): power alone
// also falls at checkpoints, evaluations and data stalls.
const powerShareMin = 0.85;

export function judgePower(
  range: MetricRange,
  prediction: Prediction | null,
  groups: GpuGroups,
  ofu: readonly { readonly value: number }[],
  modelOf: ModelOf,
): PowerJudgement {
  const gpus = gpuValues(range, 'DCGM_FI_DEV_POWER_USAGE').filter((gpu) => groups.isBusy(gpu));
  const watts = gpus.length === 0 ? null : mean(gpus.map(({ value }) => value));
  const predictedWatts = prediction?.powerWattsPerGpu ?? null;
  const [first] = gpus;
  const name = first === undefined ? undefined : modelOf(first);
  const peak = name === undefined ? undefined : gpuModelOf(name)?.bf16PeakTflops;
  return {
    watts,
    predictedWatts,
    utilisation: ofu.length === 0 ? null : median(ofu.map(({ value }) => value)),
    predictedUtilisation: prediction === null || peak === undefined ? null : prediction.hardwareTflopsPerGpu / peak,
    isLow: watts !== null && predictedWatts !== null && watts < powerShareMin * predictedWatts,
  };
}
