import type { TrainingRun } from '../../schemas/training-run.ts';
import { countIn, flagIn, given, type Pairs, type ToldRun } from './told-run.ts';

// ------------------------ arguments ------------------------
const startPattern = /-{8,40} arguments -{8,40}/;
//   hidden_size ..................................... 5120 (Megatron, Megatron-DeepSpeed)
// [2023-08-08 16:28:39,800] [INFO] [config.py:964:print]   zero_optimization_stage ...... 1 (DeepSpeed)
const dottedPattern = /(?:^|\s)([a-z][a-z0-9_]{1,60}) \.{1,60} ([^\s].{0,200})$/i;
// [2023-08-08 16:28:39,800] [INFO] [config.py:964:print]   train_micro_batch_size_per_gpu  4 (no room for dots)
const undottedPattern = /\[config\.py:\d{1,6}:print\] {1,6}([a-z][a-z0-9_]{1,60}) {2}([^\s].{0,200})$/i;
//  > padded vocab (size: 50257) with 431 dummy tokens (new size: 50688)
const paddedPattern = /padded vocab \(size: \d{1,9}\) with \d{1,9} dummy tokens \(new size: (\d{1,9})\)/;

/** `name ..... value` lines, of the last start. */
export function fromDotted(lines: readonly string[]): ToldRun | null {
  const pairs = new Map<string, string>();
  for (const line of lines) {
    if (startPattern.test(line)) pairs.clear();
    const pair = dottedPattern.exec(line) ?? undottedPattern.exec(line);
    if (pair !== null) pairs.set((pair[1] ?? '').toLowerCase(), (pair[2] ?? '').trim());
    const padded = paddedPattern.exec(line)?.[1];
    if (padded !== undefined) pairs.set('padded_vocab_size', padded);
  }
  if (pairs.has('hidden_size') && pairs.has('num_layers'))
    return { framework: 'megatron', fields: megatronFields(pairs), names: [...pairs.keys()].filter(isKnown) };
  if (!pairs.has('train_micro_batch_size_per_gpu') && !pairs.has('zero_optimization_stage')) return null;
  return { framework: 'deepspeed', fields: deepspeedFields(pairs), names: [...pairs.keys()].filter(isKnown) };
}

/** https://github.com/NVIDIA/Megatron-LM/blob/main/megatron/training/arguments.py */
function megatronFields(pairs: Pairs): Partial<TrainingRun> {
  const count = (name: string): number | undefined => countIn(pairs.get(name));
  const isGrouped = flagIn(pairs.get('group_query_attention')) === true;
  return {
    framework: 'Megatron-LM',
    ...given('gpus', count('world_size')),
    ...given('layers', count('num_layers')),
    ...given('hidden', count('hidden_size')),
    ...given('ffn', count('ffn_hidden_size')),
    ...given('gated', flagIn(pairs.get('swiglu'))),
    ...given('heads', count('num_attention_heads')),
    ...given('kv_heads', isGrouped ? count('num_query_groups') : undefined),
    // What makes a run unpredictable is told too: a mixture of experts is no dense model of its width.
    ...given('num_experts', count('num_experts')),
    ...given('seq', count('seq_length') ?? count('encoder_seq_length')),
    ...given('vocab', count('padded_vocab_size') ?? count('vocab_size')),
    ...given('tp', count('tensor_model_parallel_size')),
    ...given('pp', count('pipeline_model_parallel_size')),
    ...given('dp', count('data_parallel_size')),
    ...given('cp', count('context_parallel_size')),
    ...given('vp', count('virtual_pipeline_model_parallel_size')),
    ...given('sequence_parallel', flagIn(pairs.get('sequence_parallel'))),
    ...given('micro_batch', count('micro_batch_size')),
    ...given('global_batch', count('global_batch_size')),
    ...given('recompute', recomputeOf(pairs)),
    ...given('precision', precisionOf(pairs)),
    ...given('sharding', shardingOf(pairs)),
    ...given('flash_attention', flashOf(pairs)),
  };
}

/** https://github.com/deepspeedai/DeepSpeed/blob/master/deepspeed/runtime/config.py (`print`) */
function deepspeedFields(pairs: Pairs): Partial<TrainingRun> {
  const stage = countIn(pairs.get('zero_optimization_stage'));
  return {
    framework: 'DeepSpeed',
    ...given('gpus', countIn(pairs.get('world_size'))),
    ...given('micro_batch', countIn(pairs.get('train_micro_batch_size_per_gpu'))),
    ...given('global_batch', countIn(pairs.get('train_batch_size'))),
    ...given('sharding', stage === undefined ? undefined : `zero${stage}`),
    ...given(
      'precision',
      flagIn(pairs.get('bfloat16_enabled')) === true
        ? 'bf16'
        : flagIn(pairs.get('fp16_enabled') ?? pairs.get('float16_enabled')) === true
          ? 'fp16'
          : undefined,
    ),
  };
}

function recomputeOf(pairs: Pairs): TrainingRun['recompute'] | undefined {
  const granularity = pairs.get('recompute_granularity')?.toLowerCase();
  if (granularity === 'full' || granularity === 'selective') return granularity;
  // Megatron before 2022 and Megatron-DeepSpeed.
  if (flagIn(pairs.get('checkpoint_activations')) === true) return 'full';
  return granularity === 'none' ? 'none' : undefined;
}

function precisionOf(pairs: Pairs): string | undefined {
  const fp8 = pairs.get('fp8');
  if (fp8 !== undefined && /^(?:e4m3|hybrid)$/i.test(fp8)) return 'fp8';
  if (flagIn(pairs.get('bf16')) === true) return 'bf16';
  if (flagIn(pairs.get('fp16')) === true) return 'fp16';
  return flagIn(pairs.get('bf16')) === false && flagIn(pairs.get('fp16')) === false ? 'fp32' : undefined;
}

function shardingOf(pairs: Pairs): string | undefined {
  if (flagIn(pairs.get('use_distributed_optimizer')) === true) return 'distributed-optimizer';
  const stage = countIn(pairs.get('zero_stage'));
  return stage === undefined ? undefined : `zero${stage}`;
}

/**
 * Transformer Engine, the default since Megatron Core, never writes the scores unless told to; there the flag only
 * chooses whose kernel. https://github.com/NVIDIA/Megatron-LM/issues/778
 */
function flashOf(pairs: Pairs): boolean | undefined {
  const flag = flagIn(pairs.get('use_flash_attn'));
  const backend = pairs.get('attention_backend') ?? '';
  if (/unfused|local/i.test(backend)) return false;
  const isEngine = pairs.get('transformer_impl')?.toLowerCase() === 'transformer_engine';
  return flag === true || isEngine || /flash|fused/i.test(backend) ? true : flag;
}

const knownNames = new Set(
  (
    'world_size num_layers num_experts hidden_size ffn_hidden_size swiglu num_attention_heads group_query_attention num_query_groups ' +
    'seq_length encoder_seq_length padded_vocab_size vocab_size tensor_model_parallel_size pipeline_model_parallel_size ' +
    'data_parallel_size context_parallel_size virtual_pipeline_model_parallel_size sequence_parallel micro_batch_size ' +
    'global_batch_size recompute_granularity checkpoint_activations fp8 bf16 fp16 use_distributed_optimizer zero_stage ' +
    'use_flash_attn attention_backend transformer_impl train_micro_batch_size_per_gpu train_batch_size zero_optimization_stage ' +
    'bfloat16_enabled fp16_enabled float16_enabled'
  ).split(' '),
);

function isKnown(name: string): boolean {
  return knownNames.has(name);
}
