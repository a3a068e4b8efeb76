import { resolveRun } from '../../../../kb/performance/run/resolve.ts';
import type { ResolvedRun } from '../../../../kb/performance/run/resolved-run.ts';
import type { TrainingRun } from '../../../../kb/schemas/training-run.ts';

/** GPT-3 as Megatron trains it on 1,024 A100, nothing left to assume. */
export const gpt3Run: TrainingRun = {
  gpu: 'A100-SXM4-80GB',
  gpus: 1024,
  nodes: 128,
  layers: 96,
  hidden: 12_288,
  ffn: 49_152,
  gated: false,
  heads: 96,
  kv_heads: 96,
  seq: 2048,
  vocab: 51_200,
  tp: 8,
  pp: 8,
  dp: 16,
  cp: 1,
  vp: 1,
  sequence_parallel: false,
  micro_batch: 1,
  global_batch: 1536,
  recompute: 'full',
  precision: 'fp16',
  sharding: 'zero0',
  flash_attention: false,
  framework: 'Megatron-LM',
  network_gbps_per_node: 1600,
};

export function resolved(run: Partial<TrainingRun>, base: TrainingRun = gpt3Run): ResolvedRun {
  const resolution = resolveRun({ ...base, ...run });
  if (resolution.kind === 'refused') throw new Error(JSON.stringify(resolution.problems));
  return resolution.run;
}
