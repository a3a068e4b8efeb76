import type { TrainingRun } from '../../schemas/training-run.ts';

/**
 * Seconds a step of a run as it was measured: stated, else from the tokens a second; null where neither is. Every step
 * takes `global_batch` sequences of `seq` tokens, which `resolved` knows.
 */
export function measuredSeconds(
  { measured, gpus }: Pick<TrainingRun, 'measured' | 'gpus'>,
  resolved: { readonly globalBatch: number; readonly seq: number },
): number | null {
  if (measured === null || measured === undefined) return null;
  if (measured.iteration_s) return measured.iteration_s;
  const perSecond = measured.tokens_per_s ?? (measured.tokens_per_s_per_gpu ?? 0) * gpus;
  return perSecond > 0 ? (resolved.globalBatch * resolved.seq) / perSecond : null;
}
