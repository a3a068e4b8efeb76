/** Where the seconds of one optimiser step go. Exposed time only: what hides behind other work is not counted. */
export const stepTerms = [
  'matmul',
  'attention',
  'memory',
  'recompute',
  'vocabulary',
  'tensorParallel',
  'pipelineTransfer',
  'pipelineBubble',
  'contextParallel',
  'dataParallel',
  'sharding',
  'optimizer',
  'launch',
] as const;

export type StepTerm = (typeof stepTerms)[number];

/** A value that nobody stated, and the rule that gave it. */
export interface Assumption {
  readonly field: string;
  readonly value: number | string | boolean;
  readonly rule: string;
}

/** Why a run cannot be predicted: the field at fault, and what is wrong with it. */
export interface RunProblem {
  readonly field: string;
  readonly reason: string;
}

/** What a site measured about itself; scales every prediction for it. */
export interface SiteScale {
  /** Measured over predicted step time: the middle of the site's own runs, drawn towards 1 while they are few. */
  readonly scale: number;
  /** Standard deviation of log(measured / scaled prediction). */
  readonly sigma: number;
  readonly runs: number;
}

export interface Prediction {
  /** Seconds an optimiser step takes; the sum of `breakdown`. */
  readonly iterationSeconds: number;
  readonly tokensPerSecond: number;
  /** FLOPs the model needs (no recompute), TFLOP/s. */
  readonly modelTflopsPerGpu: number;
  /** FLOPs the hardware does (recompute counted), TFLOP/s. */
  readonly hardwareTflopsPerGpu: number;
  /** Bounds of `iterationSeconds`: nine of ten runs of the sources lie between. */
  readonly low: number;
  readonly high: number;
  /** Standard deviation of log(measured / predicted) that the bounds stand on. */
  readonly sigma: number;
  readonly breakdown: Readonly<Record<StepTerm, number>>;
  /** Mean board power over a step, watts. */
  readonly powerWattsPerGpu: number;
  /** Of the fullest GPU, GiB. */
  readonly memoryGibPerGpu: number;
  readonly assumed: readonly Assumption[];
}
