import type { TrainingRun } from '../../schemas/training-run.ts';
import { predict } from '../model/predict.ts';
import { resolveRun } from '../run/resolve.ts';

/**
 * What the model says of three fixed runs, seconds. Their digest stands for the model: whatever changes its answers,
 * constants or formulas, changes it, and a scale that was fitted before says nothing any more.
 */
export function modelAnswers(): readonly number[] {
  return referenceRuns.map((run) => {
    const resolved = resolveRun(run);
    return resolved.kind === 'refused' ? 0 : Number(predict(resolved.run).iterationSeconds.toPrecision(9));
  });
}

const common = { seq: 2048, vocab: 51_200, micro_batch: 1, recompute: 'selective', flash_attention: true } as const;

const referenceRuns: readonly TrainingRun[] = [
  { ...common, gpu: 'A800-SXM4-80GB', gpus: 80, layers: 40, hidden: 5120, heads: 40, tp: 8, dp: 10, global_batch: 320 },
  {
    ...common,
    gpu: 'A100-SXM4-80GB',
    gpus: 512,
    layers: 96,
    hidden: 12_288,
    heads: 96,
    tp: 8,
    pp: 8,
    dp: 8,
    global_batch: 1024,
  },
  {
    ...common,
    gpu: 'H100-SXM5-80GB',
    gpus: 64,
    layers: 32,
    hidden: 4096,
    heads: 32,
    sharding: 'fsdp-full_shard',
    global_batch: 512,
  },
];
