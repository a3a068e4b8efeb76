import { measuredSeconds } from '../../../kb/performance/calibration/measured-seconds.ts';
import { predict } from '../../../kb/performance/model/predict.ts';
import type { Prediction, SiteScale } from '../../../kb/performance/prediction.ts';
import { resolveRun } from '../../../kb/performance/run/resolve.ts';
import type { TrainingRun } from '../../../kb/schemas/training-run.ts';
import type { PlacedProblem, RunEntry } from './read-runs.ts';

export type Outcome =
  | {
      readonly kind: 'predicted';
      readonly id: string;
      readonly run: TrainingRun;
      readonly prediction: Prediction;
      /** Where the run says what it measured. */
      readonly measuredSeconds: number | null;
    }
  | { readonly kind: 'refused'; readonly id: string; readonly problems: readonly PlacedProblem[] }
  | { readonly kind: 'skipped'; readonly id: string; readonly rowKind: string };

/** What the model says of one entry of a file. */
export function outcomeOf(entry: RunEntry, site: SiteScale | null): Outcome {
  switch (entry.kind) {
    case 'skipped':
      return entry;
    case 'wrong':
      return { kind: 'refused', id: entry.id, problems: entry.problems };
    case 'run': {
      const { id, run, placeOf } = entry;
      const resolved = resolveRun(run);
      if (resolved.kind === 'refused')
        return {
          kind: 'refused',
          id,
          problems: resolved.problems.map((problem) => ({ ...problem, place: placeOf(problem.field) })),
        };
      const prediction = predict(resolved.run, site === null ? {} : { site });
      return { kind: 'predicted', id, run, prediction, measuredSeconds: measuredSeconds(run, resolved.run) };
    }
  }
}

/** Stable: fields are added, never renamed. One object a line. */
export function outcomeJson(outcome: Exclude<Outcome, { kind: 'skipped' }>): object {
  if (outcome.kind === 'refused') return { id: outcome.id, refused: outcome.problems };
  const { id, prediction, measuredSeconds: measured } = outcome;
  const { iterationSeconds, tokensPerSecond, modelTflopsPerGpu, hardwareTflopsPerGpu, low, high } = prediction;
  const { breakdown, assumed, powerWattsPerGpu, memoryGibPerGpu } = prediction;
  return {
    id,
    iterationSeconds,
    tokensPerSecond,
    modelTflopsPerGpu,
    hardwareTflopsPerGpu,
    low,
    high,
    breakdown,
    assumed,
    powerWattsPerGpu,
    memoryGibPerGpu,
    ...(measured === null ? {} : { measuredSeconds: measured, errorShare: relativeError(iterationSeconds, measured) }),
  };
}

/** Predicted over measured seconds, less one: below 0 the model is too fast. */
export function relativeError(predicted: number, measured: number): number {
  return predicted / measured - 1;
}
