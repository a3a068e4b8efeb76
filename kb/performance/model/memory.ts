import { layerParameters } from '../run/parameters.ts';
import type { ResolvedRun } from '../run/resolved-run.ts';
import { gpuParameters, stageLayers } from './stages.ts';

const gib = 1024 ** 3;
// CUDA context, NCCL buffers and work spaces.
// https://huggingface.co/docs/transformers/model_memory_anatomy (1.3 GiB for kernels alone on a V100)
const overheadGib = 2;
// Master weight and two moments in fp32 (Micikevicius et al., arXiv:1710.03740; Rajbhandari et al., arXiv:1910.02054).
const optimizerBytes = 12;

/** Memory of the fullest GPU, GiB. */
export function memoryGib(run: ResolvedRun): number {
  return (stateBytes(run) + activationBytes(run)) / gib + overheadGib;
}

/** Weights, gradients and optimiser: 2 + 2 or 4 + 12 bytes a parameter in mixed precision, less what is sharded. */
export function stateBytes(run: ResolvedRun): number {
  const perLayer = layerParameters(run);
  const parameters = gpuParameters(run, perLayer);
  const { sharding, software, precision } = run;
  const weightBytes = precision === 'fp32' || precision === 'tf32' ? 4 : 2;
  const shards = (cut: boolean): number => (cut ? sharding.group : 1);
  const held =
    weightBytes / shards(sharding.parameters) +
    software.gradientBytes / shards(sharding.gradients) +
    optimizerBytes / shards(sharding.optimizer);
  // Of sharded weights two layers are whole at a time, the one at work and the one fetched ahead, and the vocabulary's
  // table; of sharded gradients the table's, which the first and the last operation of a step need.
  const table = run.hidden * run.vocab;
  const gathered = sharding.parameters ? weightBytes * (Math.min(2, run.layers) * perLayer + table) : 0;
  const summed = sharding.gradients ? software.gradientBytes * table : 0;
  return parameters * held + ((gathered + summed) / run.tp) * (1 - 1 / sharding.group);
}

/**
 * Activations kept for the backward pass (Korthikanti et al., arXiv:2205.05198, section 4), of the first stage, which
 * holds as many micro-batches as the pipeline is deep.
 */
function activationBytes(run: ResolvedRun): number {
  const tokens = (run.microBatch * run.seq) / run.cp;
  const { fullest } = stageLayers(run);
  const inFlight = Math.min(run.microBatches, run.pp) * (run.vp > 1 ? 1 + (run.pp - 1) / (run.pp * run.vp) : 1);
  const whole = layerActivationBytes(run, 'none');
  const kept = run.recompute === 'none' ? whole : layerActivationBytes(run, run.recompute);
  // With recompute what is not kept exists again of one layer at a time.
  const working = Math.max(0, whole - kept);
  const logits = (tokens * run.vocab * (run.software.ofTorch ? logitBytesTorch : logitBytesMegatron)) / run.tp;
  return kept * fullest * inFlight + working + (run.pp === 1 ? logits : 0);
}

// 16-bit logits and their fp32 softmax, in place (Megatron-LM, core/tensor_parallel/cross_entropy.py).
const logitBytesMegatron = 6;
// `cross_entropy(pred.float())`: 16-bit logits, fp32 log-softmax, and the gradient in fp32 and 16 bits. With
// it 80.0 of the 83.9 GiB measured of Llama 8B at 32,768 tokens are counted, and 60.4 of 62.0 at 2 x 8,192 on 128 GPUs.
// https://github.com/pytorch/torchtitan/blob/main/benchmarks/llama3_h100_202412_torchtitan.md (tables 2 and 3)
const logitBytesTorch = 12;

/** Bytes of one layer and micro-batch: sbh(34 + 5as/h) whole, less with parallelism and recompute. */
export function layerActivationBytes(run: ResolvedRun, recompute: 'none' | 'selective' | 'full'): number {
  const { hidden, heads, kvHeads, seq, ffn, gated, tp, cp, sequenceParallel, software } = run;
  const tokens = (run.microBatch * seq) / cp;
  const outside = sequenceParallel ? tp : 1;
  if (recompute === 'full') return (2 * tokens * hidden) / outside;
  // 34 = 10 outside the parallel region (2 of it dropout masks, which models since 2022 do without) + 8 for queries,
  // keys, values and context + 16 for a feed-forward block of 4h.
  const undivided = software.kernels === 'classic' ? 10 : 8;
  const parallel = 4 + (4 * kvHeads) / heads + ((gated ? 6 : 4) * ffn) / hidden;
  if (recompute === 'selective' && software.ofTorch && run.flashAttention) {
    // The input, what attention gives, and every second product's result; all else is computed again.
    // https://github.com/pytorch/torchtitan/blob/main/torchtitan/distributed/activation_checkpoint.py (`_get_custom_policy`)
    const products = 6 + (4 * kvHeads) / heads + ((gated ? 4 : 2) * ffn) / hidden;
    return tokens * hidden * (2 / outside + (2 + products / 2) / tp);
  }
  const scores = recompute === 'none' && !run.flashAttention ? (5 * heads * seq) / (hidden * cp) : 0;
  return tokens * hidden * (undivided / outside + (parallel + scores) / tp);
}
