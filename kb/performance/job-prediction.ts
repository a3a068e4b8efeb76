import type { TrainingRun } from '../schemas/training-run.ts';
import type { Calibration } from './calibration/calibration-for.ts';
import { predict } from './model/predict.ts';
import { stepTerms, type Prediction, type RunProblem, type StepTerm } from './prediction.ts';
import { resolveRun } from './run/resolve.ts';

export type JobPrediction =
  | { readonly kind: 'predicted'; readonly prediction: Prediction }
  | { readonly kind: 'refused'; readonly problems: readonly RunProblem[] };

/** How fast a job should be on this site's own devices. */
export function predictJob(
  run: TrainingRun,
  { site, slowestShare }: Pick<Calibration, 'site' | 'slowestShare'>,
): JobPrediction {
  const resolved = resolveRun(run);
  if (resolved.kind === 'refused') return resolved;
  const prediction = predict(resolved.run, site === null ? {} : { site });
  return {
    kind: 'predicted',
    prediction:
      slowestShare !== null && slowestShare > 0 && slowestShare < 1 ? atSlowest(prediction, slowestShare) : prediction,
  };
}

const computed: ReadonlySet<StepTerm> = new Set(['matmul', 'attention', 'recompute', 'vocabulary']);
/** What a stage does for a micro-batch: the bubble is as long as some of these. */
const ofStage: ReadonlySet<StepTerm> = new Set([...computed, 'memory', 'tensorParallel', 'contextParallel', 'launch']);

/** A synchronous job computes at the speed of its slowest GPU, which a typical one's constants do not know. */
function atSlowest(prediction: Prediction, share: number): Prediction {
  const { breakdown } = prediction;
  const stageBefore = sumOf(breakdown, ofStage);
  const computing = sumOf(breakdown, computed);
  const stageRatio = stageBefore === 0 ? 1 : (stageBefore + computing * (1 / share - 1)) / stageBefore;
  const slowed = Object.fromEntries(
    stepTerms.map((term) => [
      term,
      breakdown[term] * (computed.has(term) ? 1 / share : term === 'pipelineBubble' ? stageRatio : 1),
    ]),
  );
  // Built from all of `stepTerms`.
  const breakdownNow = slowed as Record<StepTerm, number>;
  const iterationSeconds = stepTerms.reduce((sum, term) => sum + breakdownNow[term], 0);
  const ratio = iterationSeconds / prediction.iterationSeconds;
  return {
    ...prediction,
    iterationSeconds,
    breakdown: breakdownNow,
    low: prediction.low * ratio,
    high: prediction.high * ratio,
    tokensPerSecond: prediction.tokensPerSecond / ratio,
    modelTflopsPerGpu: prediction.modelTflopsPerGpu / ratio,
    hardwareTflopsPerGpu: prediction.hardwareTflopsPerGpu / ratio,
  };
}

function sumOf(breakdown: Prediction['breakdown'], terms: ReadonlySet<StepTerm>): number {
  return [...terms].reduce((sum, term) => sum + breakdown[term], 0);
}
