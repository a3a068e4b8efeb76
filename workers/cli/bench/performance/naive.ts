import { median } from 'simple-statistics';

/** What the baseline of a constant efficiency needs to know of a run. */
export interface NaiveRun {
  readonly source: string;
  readonly gpuGeneration: string;
  /** Its GEMMs in 8 bits: the peak is another, so is the share of it that is reached. */
  readonly fp8: boolean;
  readonly gpus: number;
  /** Of one GPU at the run's precision, dense. */
  readonly peakTflops: number;
  /** All GPUs together, one optimiser step, recompute counted. */
  readonly hardwareTflop: number;
  /** Idle over busy time of a pipeline: (p - 1) / (m v). */
  readonly bubble: number;
  readonly measuredSeconds: number;
}

/**
 * The baseline: every run reaches the same share of the peak while its pipeline is full. No model of anything; one
 * that does not beat it adds nothing.
 */
export function naiveSeconds(run: NaiveRun, efficiency: number): number {
  return (run.hardwareTflop * (1 + run.bubble)) / (run.gpus * run.peakTflops * efficiency);
}

/** Share of the peak that a measured run reached, the bubble taken out. */
export function efficiencyOf(run: NaiveRun): number {
  return naiveSeconds(run, 1) / run.measuredSeconds;
}

/**
 * The median over runs of the same GPU generation and kind of precision; over the generation where there is none, and
 * over all where that is new too. `null` for no runs.
 */
export function efficiencyFrom(runs: readonly NaiveRun[], { gpuGeneration, fp8 }: NaiveRun): number | null {
  const sameGeneration = runs.filter((run) => run.gpuGeneration === gpuGeneration);
  const samePrecision = sameGeneration.filter((run) => run.fp8 === fp8);
  const nearest = [samePrecision, sameGeneration, runs].find(({ length }) => length > 0);
  return nearest === undefined ? null : median(nearest.map(efficiencyOf));
}
