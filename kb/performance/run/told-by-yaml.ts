import type { TrainingRun } from '../../schemas/training-run.ts';
import { countIn, flagIn, given, type Pairs, type ToldRun } from './told-run.ts';

//   tensor_model_parallel_size: 8 · micro_batch_size: 1 (NeMo) ·   d_model: 4096 · n_layers: 32 (llm-foundry)
const pairPattern = /^(?:[^:]{0,60}\])?[ -]{0,20}([a-z][a-z0-9_]{1,60}): {1,4}([\w./'"-]{1,80})\s{0,4}$/i;

/** The YAML of a configuration that NeMo (Hydra) or llm-foundry prints when it starts. */
export function fromYaml(lines: readonly string[]): ToldRun | null {
  const pairs = new Map<string, string>();
  for (const line of lines) {
    const pair = pairPattern.exec(line);
    if (pair !== null) pairs.set((pair[1] ?? '').toLowerCase(), (pair[2] ?? '').replace(/^["']|["']$/g, ''));
  }
  if (pairs.has('hidden_size') && pairs.has('num_layers') && pairs.has('tensor_model_parallel_size'))
    return told('nemo', nemoFields(pairs));
  return pairs.has('d_model') && pairs.has('n_layers') ? told('llm-foundry', foundryFields(pairs)) : null;
}

function told(framework: ToldRun['framework'], fields: Partial<TrainingRun>): ToldRun {
  return { framework, fields, names: Object.keys(fields).filter((name) => name !== 'framework') };
}

/** https://github.com/NVIDIA-NeMo/NeMo (examples/nlp/language_modeling/conf/megatron_gpt_config.yaml) */
function nemoFields(pairs: Pairs): Partial<TrainingRun> {
  const count = (name: string): number | undefined => countIn(pairs.get(name));
  const devices = count('devices');
  const nodes = count('num_nodes');
  const activation = pairs.get('activation');
  const recompute = pairs.get('activations_checkpoint_granularity');
  return {
    framework: 'NeMo',
    ...given('gpus', devices === undefined || nodes === undefined ? undefined : devices * nodes),
    ...given('nodes', nodes),
    ...given('layers', count('num_layers')),
    ...given('hidden', count('hidden_size')),
    ...given('ffn', count('ffn_hidden_size')),
    ...given('gated', activation === undefined ? undefined : /glu$/i.test(activation)),
    ...given('heads', count('num_attention_heads')),
    ...given('kv_heads', count('num_query_groups')),
    ...given('num_experts', count('num_moe_experts')),
    ...given('seq', count('encoder_seq_length') ?? count('seq_length')),
    ...given('tp', count('tensor_model_parallel_size')),
    ...given('pp', count('pipeline_model_parallel_size')),
    ...given('cp', count('context_parallel_size')),
    ...given('vp', count('virtual_pipeline_model_parallel_size')),
    ...given('sequence_parallel', flagIn(pairs.get('sequence_parallel'))),
    ...given('micro_batch', count('micro_batch_size')),
    ...given('global_batch', count('global_batch_size')),
    ...given('recompute', recompute === 'full' || recompute === 'selective' ? recompute : undefined),
    ...given('precision', precisionOf(pairs)),
  };
}

/** https://github.com/mosaicml/llm-foundry (scripts/train/yamls) */
function foundryFields(pairs: Pairs): Partial<TrainingRun> {
  const count = (name: string): number | undefined => countIn(pairs.get(name));
  const hidden = count('d_model');
  const ratio = count('expansion_ratio');
  const strategy = pairs.get('sharding_strategy')?.toLowerCase();
  return {
    framework: 'llm-foundry',
    ...given('gpus', count('n_gpus')),
    ...given('layers', count('n_layers')),
    ...given('hidden', hidden),
    ...given('ffn', hidden === undefined || ratio === undefined ? undefined : hidden * ratio),
    ...given('heads', count('n_heads')),
    ...given('kv_heads', count('kv_n_heads')),
    ...given('seq', count('max_seq_len')),
    ...given('vocab', count('vocab_size')),
    ...given('micro_batch', count('device_train_microbatch_size')),
    ...given('global_batch', count('global_train_batch_size')),
    ...given('sharding', strategy === 'full_shard' || strategy === 'shard_grad_op' ? `fsdp-${strategy}` : undefined),
    ...given('precision', precisionOf(pairs)),
    ...given('flash_attention', pairs.has('attn_impl') ? /flash/i.test(pairs.get('attn_impl') ?? '') : undefined),
  };
}

function precisionOf(pairs: Pairs): string | undefined {
  if (flagIn(pairs.get('fp8')) === true) return 'fp8';
  const precision = pairs.get('precision')?.toLowerCase();
  if (precision === undefined) return undefined;
  if (precision.includes('fp8')) return 'fp8';
  if (precision.includes('bf16')) return 'bf16';
  if (precision.includes('fp16') || precision === '16' || precision === '16-mixed') return 'fp16';
  return precision === '32' || precision === 'fp32' ? 'fp32' : undefined;
}
