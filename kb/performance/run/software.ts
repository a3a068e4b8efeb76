import type { GpuModel } from '../../catalog/hardware.ts';
import type { TrainingRun } from '../../schemas/training-run.ts';
import { assume, refuse, type Notes } from './notes.ts';
import type { Kernels, Precision, Sharding, Software } from './resolved-run.ts';

// Frameworks whose kernels, attention and overlap are those of 2022 and later.
const modernNames =
  /nemo|megatron[- ]?core|mcore|megatron-bridge|torchtitan|fsdp|maxtext|transformer[- ]?engine|llm-foundry|composer|internevo|megascale|axlearn|flash|llama/i;
// Tensor-parallel transfers in pieces beside the products: NeMo's user buffers, MegaScale, asynchronous TP.
const tensorOverlapNames = /nemo|megatron[- ]?core|mcore|megascale|transformer[- ]?engine|async/i;
const sequenceParallelNames =
  /nemo|megatron[- ]?core|mcore|megatron-bridge|torchtitan|megascale|transformer[- ]?engine|llama/i;
// Kernels that do a layer's small operations together: vendor libraries, or a compiler.
const fusedNames = /nemo|megatron|mcore|megascale|transformer[- ]?engine|torchtitan|maxtext|compile|axlearn/i;
const eagerNames = /llm-foundry|composer|fsdp|deepspeed|internevo|colossal|hugging ?face|accelerate|pytorch/i;
// Attention of cuDNN through Transformer Engine or XLA.
const vendorAttentionNames = /nemo|megatron|mcore|transformer[- ]?engine|maxtext/i;
// Megatron reduces gradients in fp32 beside bf16 (`accumulate_allreduce_grads_in_fp32`), torchtitan does
// (`mixed_precision_reduce`); NeMo's recipes do not (`grad_reduce_in_fp32=False`), nor do others.
const longGradientNames = /megatron|mcore|megascale|torchtitan/i;
// Weights are gathered beside the next forward pass (`overlap_param_gather`).
const gatherOverlapNames = /nemo|megatron[- ]?core|mcore|megascale|fsdp|maxtext|torchtitan|composer/i;
const fullyShardedNames = /fsdp|torchtitan|llm-foundry|composer|zero-?3/i;

// Frameworks that take loss and recompute from PyTorch as they are.
const torchNames = /torchtitan|fsdp|llm-foundry|composer|hugging ?face|accelerate|pytorch/i;

export function isModern(run: TrainingRun, gpu: GpuModel): boolean {
  return gpu.architecture === 'hopper' || modernNames.test(run.framework ?? '') || run.flash_attention === true;
}

export function resolvePrecision(run: TrainingRun, gpu: GpuModel, notes: Notes): Precision {
  const text = (run.precision ?? '').toLowerCase();
  if (text === '')
    return gpu.architecture === 'volta'
      ? assume(notes, 'precision', 'fp16', 'a V100 has no bf16')
      : assume(notes, 'precision', 'bf16', 'the custom since Ampere');
  if (/fp8|float8|e4m3/.test(text)) {
    if (gpu.fp8PeakTflops === null) refuse(notes, 'precision', `${gpu.model} has no fp8`);
    return 'fp8';
  }
  if (/tf32/.test(text)) {
    if (gpu.tf32PeakTflops === null) refuse(notes, 'precision', `${gpu.model} has no tf32`);
    return 'tf32';
  }
  if (/bf16|bfloat/.test(text)) return 'bf16';
  if (/fp16|float16|half|mixed|amp/.test(text)) return 'fp16';
  if (/fp32|float32|single/.test(text)) return 'fp32';
  refuse(notes, 'precision', `"${text}" is none of fp32, tf32, fp16, bf16, fp8`);
  return 'bf16';
}

export function resolveFlashAttention(run: TrainingRun, modern: boolean, notes: Notes): boolean {
  return (
    run.flash_attention ?? assume(notes, 'flash_attention', modern, 'with frameworks since 2022 or Hopper, not before')
  );
}

export function resolveSequenceParallel(run: TrainingRun, gpu: GpuModel, tp: number, notes: Notes): boolean {
  if (run.sequence_parallel !== null && run.sequence_parallel !== undefined) return run.sequence_parallel && tp > 1;
  if (tp === 1) return false;
  const named = gpu.architecture === 'hopper' || sequenceParallelNames.test(run.framework ?? '');
  return assume(
    notes,
    'sequence_parallel',
    named || run.recompute === 'selective',
    'with Megatron Core, NeMo, torchtitan or selective recompute, not before',
  );
}

/**
 * With a pipeline nothing but the optimiser counts as cut: weights and gradients stay whole between micro-batches, as
 * fetching them for each would undo the pipeline (Llama 3, arXiv:2407.21783, section 3.3.2).
 */
export function resolveSharding(run: TrainingRun, ranks: number, pp: number, modern: boolean, notes: Notes): Sharding {
  const whole = (stage: 0 | 1 | 2 | 3, group = ranks): Sharding => ({
    parameters: stage === 3 && pp === 1,
    gradients: stage >= 2 && pp === 1,
    optimizer: stage >= 1,
    group: stage === 0 ? 1 : Math.min(group, ranks),
  });
  const text = (run.sharding ?? '').toLowerCase();
  const inGroups = Number(/in-(\d+)/.exec(text)?.[1] ?? ranks);
  if (inGroups < 1 || (inGroups < ranks && ranks % inGroups !== 0)) {
    refuse(notes, 'sharding', `${ranks} data-parallel ranks are not cut into groups of ${inGroups}`);
    return whole(0);
  }
  const cut = (stage: 2 | 3): Sharding => {
    if (pp > 1 && ranks > 1)
      assume(notes, 'sharding', 'zero1', 'with a pipeline weights and gradients stay whole between micro-batches');
    return whole(stage, inGroups);
  };
  if (text === '') return assumedSharding(run, ranks, modern, notes, whole);
  if (/shard_grad_op|zero-?2/.test(text)) return cut(2);
  if (/fsdp|full_shard|zero-?3|hsdp|hybrid/.test(text)) return cut(3);
  if (/zero-?1|distributed|optimizer/.test(text)) return whole(1, inGroups);
  if (/zero-?0|none|ddp|replicat/.test(text)) return whole(0);
  refuse(notes, 'sharding', `"${text}" is none of zero0 to zero3, fsdp, distributed-optimizer`);
  return whole(0);
}

function assumedSharding(
  run: TrainingRun,
  ranks: number,
  modern: boolean,
  notes: Notes,
  whole: (stage: 0 | 1 | 2 | 3) => Sharding,
): Sharding {
  if (ranks === 1) return whole(0);
  const framework = run.framework ?? '';
  const rule = 'fsdp, zero3 or torchtitan by name: parameters; other frameworks since 2022 and DeepSpeed: optimiser';
  if (fullyShardedNames.test(framework)) {
    assume(notes, 'sharding', 'fsdp', rule);
    return whole(3);
  }
  const optimizer = modern || /deepspeed/i.test(framework);
  assume(notes, 'sharding', optimizer ? 'zero1' : 'none', rule);
  return whole(optimizer ? 1 : 0);
}

export function resolveSoftware(
  run: TrainingRun,
  gpu: GpuModel,
  modern: boolean,
  precision: Precision,
  sharding: Sharding,
  vp: number,
): Software {
  const framework = run.framework ?? '';
  return {
    kernels: kernelsOf(framework, gpu, modern),
    vendorAttention: modern && vendorAttentionNames.test(framework),
    overlapsGradients: modern || sharding.parameters,
    overlapsGather: sharding.parameters || (modern && gatherOverlapNames.test(framework)),
    overlapsTensorParallel: modern && tensorOverlapNames.test(framework),
    overlapsPipeline: modern && vp > 1,
    ofTorch: torchNames.test(framework) || (framework === '' && /fsdp|full_shard/i.test(run.sharding ?? '')),
    gradientBytes: longGradients(run, precision) ? 4 : 2,
  };
}

/** A framework that nobody names is taken to be compiled on Hopper, where that became the custom. */
function kernelsOf(framework: string, gpu: GpuModel, modern: boolean): Kernels {
  if (!modern) return 'classic';
  if (fusedNames.test(framework)) return 'fused';
  return gpu.architecture === 'hopper' && !eagerNames.test(framework) ? 'fused' : 'eager';
}

function longGradients(run: TrainingRun, precision: Precision): boolean {
  if (precision === 'fp32' || precision === 'tf32') return true;
  if (precision === 'fp16' || /pure/i.test(run.precision ?? '')) return false;
  return longGradientNames.test(run.framework ?? '') || /amp/i.test(run.precision ?? '');
}
