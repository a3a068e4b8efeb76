import { measuredSeconds } from '../../../kb/performance/calibration/measured-seconds.ts';
import { predict } from '../../../kb/performance/model/predict.ts';
import type { Prediction, SiteScale } from '../../../kb/performance/prediction.ts';
import type { ResolvedRun } from '../../../kb/performance/run/resolved-run.ts';
import { resolveRun } from '../../../kb/performance/run/resolve.ts';
import type { PlacedProblem, RunEntry } from './read-runs.ts';
import { oneSlowGpu, type SlowStep } from './slow-clock.ts';
import { whatIfs, type WhatIfs } from './what-if.ts';

export interface Explanation {
  readonly id: string;
  readonly run: ResolvedRun;
  readonly prediction: Prediction;
  readonly measuredSeconds: number | null;
  readonly site: SiteScale | null;
  readonly whatIfs: WhatIfs;
  readonly oneSlowGpu: readonly SlowStep[];
}

/** Where the time of a run goes and what would change it, or why it cannot be predicted. */
export function explainRun(
  entry: Exclude<RunEntry, { kind: 'skipped' }>,
  site: SiteScale | null,
): Explanation | { readonly problems: readonly PlacedProblem[] } {
  if (entry.kind === 'wrong') return { problems: entry.problems };
  const resolved = resolveRun(entry.run);
  if (resolved.kind === 'refused')
    return { problems: resolved.problems.map((problem) => ({ ...problem, place: entry.placeOf(problem.field) })) };
  const { run } = resolved;
  const prediction = predict(run, site === null ? {} : { site });
  return {
    id: entry.id,
    run,
    prediction,
    measuredSeconds: measuredSeconds(entry.run, run),
    site,
    whatIfs: whatIfs(entry.run, run, prediction, site),
    oneSlowGpu: oneSlowGpu(run, prediction),
  };
}

/** Stable: fields are added, never renamed. */
export function explanationJson(explanation: Explanation): object {
  const { id, run, prediction, site, whatIfs: changes } = explanation;
  const { gpu } = run;
  return {
    id,
    gpu: gpu.model,
    gpus: run.gpus,
    layout: { tp: run.tp, pp: run.pp, dp: run.dp, cp: run.cp, vp: run.vp },
    microBatches: run.microBatches,
    ...prediction,
    peakTflops: gpu.bf16PeakTflops,
    memoryCapacityGib: gpu.memoryGib,
    fitsMemory: prediction.memoryGibPerGpu <= gpu.memoryGib,
    powerLimitWatts: run.powerLimitWatts,
    measuredSeconds: explanation.measuredSeconds,
    site,
    whatIf: changes.possible,
    notPossible: changes.notPossible,
    oneSlowGpu: explanation.oneSlowGpu,
  };
}
