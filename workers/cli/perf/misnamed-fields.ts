import { trainingRunSchema, type TrainingRun } from '../../../kb/schemas/training-run.ts';

/** A field that is let through unread, and the name under which it would be read. */
export interface Misnamed {
  readonly field: string;
  readonly called: string;
}

// As Megatron-LM, NeMo, Hugging Face and torchtitan call them.
const otherNames: Readonly<Record<string, string>> = {
  gpu_type: 'gpu',
  num_gpus: 'gpus',
  world_size: 'gpus',
  num_nodes: 'nodes',
  num_layers: 'layers',
  n_layers: 'layers',
  num_hidden_layers: 'layers',
  hidden_size: 'hidden',
  ffn_hidden_size: 'ffn',
  intermediate_size: 'ffn',
  num_attention_heads: 'heads',
  n_heads: 'heads',
  num_query_groups: 'kv_heads',
  num_key_value_heads: 'kv_heads',
  n_kv_heads: 'kv_heads',
  seq_length: 'seq',
  seq_len: 'seq',
  sequence_length: 'seq',
  vocab_size: 'vocab',
  tensor_model_parallel_size: 'tp',
  tensor_parallel_degree: 'tp',
  pipeline_model_parallel_size: 'pp',
  pipeline_parallel_degree: 'pp',
  context_parallel_size: 'cp',
  context_parallel_degree: 'cp',
  data_parallel_size: 'dp',
  virtual_pipeline_model_parallel_size: 'vp',
  micro_batch_size: 'micro_batch',
  local_batch_size: 'micro_batch',
  global_batch_size: 'global_batch',
  recompute_granularity: 'recompute',
  use_flash_attn: 'flash_attention',
};

/** Fields under a name that other configuration files have, where the one that is read is missing. */
export function misnamedFields(run: TrainingRun | Readonly<Record<string, unknown>>): readonly Misnamed[] {
  const said = new Map<string, unknown>(Object.entries(run));
  return Object.keys(run).flatMap((field) => {
    const called = nameOf(field);
    return called === undefined || (said.get(called) ?? null) !== null ? [] : [{ field, called }];
  });
}

/** Under which name a field would be read; `undefined` where it is read, or nothing is known of it. */
function nameOf(field: string): string | undefined {
  if (Object.hasOwn(trainingRunSchema.shape, field)) return undefined;
  const lower = field.toLowerCase();
  if (Object.hasOwn(trainingRunSchema.shape, lower)) return lower;
  return Object.hasOwn(otherNames, lower) ? otherNames[lower] : undefined;
}
