import { stepTerms, type Prediction, type SiteScale, type StepTerm } from '../prediction.ts';
import type { ResolvedRun } from '../run/resolved-run.ts';
import type { Constants } from './constants.ts';
import { fittedConstants } from './fitted-constants.ts';
import { hardwareFlops, modelFlops } from './flops.ts';
import { memoryGib } from './memory.ts';
import { meanPowerWatts } from './power.ts';
import { stepSeconds } from './step.ts';

export interface PredictOptions {
  /** Instead of the shipped ones. */
  readonly constants?: Constants;
  /** What the site measured about itself; narrows the bounds. */
  readonly site?: SiteScale;
}

// Quantile 0.95 of the normal distribution.
const ninetyPercentReach = 1.645;

/** What a run should do: seconds a step with bounds, throughput, where the time goes, power and memory. */
export function predict(run: ResolvedRun, { constants = fittedConstants, site }: PredictOptions = {}): Prediction {
  const step = stepSeconds(run, constants.values);
  const breakdown = site === undefined ? step.breakdown : scaled(step.breakdown, site.scale);
  const iterationSeconds =
    site === undefined ? step.seconds : stepTerms.reduce((sum, term) => sum + breakdown[term], 0);
  const gpuSeconds = iterationSeconds * run.gpus * 1e12;
  return {
    iterationSeconds,
    tokensPerSecond: (run.globalBatch * run.seq) / iterationSeconds,
    modelTflopsPerGpu: modelFlops(run) / gpuSeconds,
    hardwareTflopsPerGpu: hardwareFlops(run) / gpuSeconds,
    ...bounds(iterationSeconds, constants, site),
    breakdown,
    powerWattsPerGpu: meanPowerWatts(run, breakdown),
    memoryGibPerGpu: memoryGib(run),
    assumed: run.assumed,
  };
}

function scaled(breakdown: Readonly<Record<StepTerm, number>>, scale: number): Record<StepTerm, number> {
  // Every term of the table is among the entries.
  return Object.fromEntries(stepTerms.map((term) => [term, scale * breakdown[term]])) as Record<StepTerm, number>;
}

/** Nine of ten runs lie between: of a site by its own scatter, of an unseen one by the errors on unseen sources. */
function bounds(
  seconds: number,
  { residuals }: Constants,
  site: SiteScale | undefined,
): { low: number; high: number; sigma: number } {
  const reach = ninetyPercentReach * (site?.sigma ?? 0);
  return site === undefined
    ? { low: seconds * Math.exp(residuals.low), high: seconds * Math.exp(residuals.high), sigma: residuals.sigma }
    : { low: seconds * Math.exp(-reach), high: seconds * Math.exp(reach), sigma: site.sigma };
}
