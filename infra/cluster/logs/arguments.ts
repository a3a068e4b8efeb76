import { checkpointEvery } from '../physics/checkpoint.ts';
import { layoutOf } from '../physics/attempt-layout.ts';
import { evaluateEvery, evaluationIterations } from '../physics/iterations.ts';
import type { Attempt } from '../physics/job.ts';
import { allAtLaunch } from '../physics/launch-state.ts';
import type { World } from '../world.ts';

/**
 * What Megatron-LM prints of its arguments when it starts (`_print_args` in megatron/training/arguments.py), in the
 * names and the order of release 0.11; of some three hundred those that a job of this kind sets or is asked about.
 */
export function argumentLines(world: World, attempt: Attempt): readonly string[] {
  const lines = [...argumentsOf(world, attempt)].map(
    ([name, value]) => `  ${name} ${'.'.repeat(48 - name.length)} ${value}`,
  );
  return [
    '------------------------ arguments ------------------------',
    ...lines.toSorted((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1)),
    '-------------------- end of arguments ---------------------',
  ];
}

type Value = string | number;

function argumentsOf(world: World, attempt: Attempt): ReadonlyMap<string, Value> {
  const { job, gpusPerNode } = world;
  const { model } = job;
  const { pipelineParallel, dataParallel } = layoutOf(world, attempt);
  const values = new Map<string, Value>(
    Object.entries({
      accumulate_allreduce_grads_in_fp32: 'False',
      adam_beta1: 0.9,
      adam_beta2: 0.95,
      adam_eps: '1e-08',
      add_bias_linear: 'True',
      add_position_embedding: 'True',
      apply_residual_connection_post_layernorm: 'False',
      async_save: 'True',
      attention_backend: 'AttnBackend.flash',
      attention_dropout: '0.0',
      bf16: 'True',
      bias_dropout_fusion: 'True',
      bias_gelu_fusion: 'True',
      ckpt_format: 'torch_dist',
      ckpt_fully_parallel_save: 'True',
      clip_grad: '1.0',
      consumed_train_samples: 0,
      context_parallel_size: 1,
      cross_entropy_loss_fusion: 'False',
      data_parallel_size: dataParallel,
      dataloader_type: 'single',
      distributed_backend: 'nccl',
      distributed_timeout_minutes: 10,
      encoder_num_layers: model.layers,
      encoder_seq_length: job.sequenceTokens,
      eval_interval: evaluateEvery,
      eval_iters: evaluationIterations,
      expert_model_parallel_size: 1,
      ffn_hidden_size: model.ffn,
      fp16: 'False',
      fp8: 'None',
      global_batch_size: job.globalBatch,
      grad_reduce_in_bf16: 'True',
      gradient_accumulation_fusion: 'True',
      group_query_attention: 'False',
      hidden_dropout: '0.0',
      hidden_size: model.hidden,
      initial_loss_scale: 4_294_967_296,
      kv_channels: model.hidden / model.heads,
      load: `/lustre/ckpt/${job.name}`,
      local_rank: 0,
      log_interval: 1,
      log_throughput: 'True',
      lr: 0.00015,
      lr_decay_style: 'cosine',
      make_vocab_size_divisible_by: 128,
      masked_softmax_fusion: 'True',
      max_position_embeddings: job.sequenceTokens,
      micro_batch_size: job.microBatch,
      min_lr: '1.5e-05',
      normalization: 'LayerNorm',
      num_attention_heads: model.heads,
      num_experts: 'None',
      num_layers: model.layers,
      num_layers_per_virtual_pipeline_stage: 'None',
      num_query_groups: 1,
      num_workers: 8,
      optimizer: 'adam',
      overlap_grad_reduce: 'True',
      overlap_param_gather: 'True',
      params_dtype: 'torch.bfloat16',
      pipeline_model_parallel_size: pipelineParallel,
      position_embedding_type: 'learned_absolute',
      rank: 0,
      recompute_granularity: 'None',
      recompute_method: 'None',
      recompute_num_layers: 'None',
      save: `/raid/ckpt/${job.name}`,
      save_interval: checkpointEvery,
      seed: 1234,
      seq_length: job.sequenceTokens,
      sequence_parallel: 'True',
      swiglu: 'False',
      tensor_model_parallel_size: job.tensorParallel,
      tokenizer_type: 'GPT2BPETokenizer',
      tp_comm_overlap: 'False',
      train_iters: job.trainIterations,
      transformer_impl: 'transformer_engine',
      untie_embeddings_and_output_weights: 'False',
      use_distributed_optimizer: 'True',
      use_flash_attn: 'True',
      virtual_pipeline_model_parallel_size: 'None',
      vocab_size: 'None',
      weight_decay: 0.1,
      world_size: attempt.nodes.length * gpusPerNode,
    }),
  );
  for (const { place, key = '', value } of allAtLaunch(world, attempt, 'job.argument')) {
    if (place !== job.name) continue;
    if (key === '--fp16') for (const [name, set] of halfPrecision) values.set(name, set);
    else values.set(key.replace(/^--/, '').replaceAll('-', '_'), value === 'on' ? 'True' : value);
  }
  return values;
}

const halfPrecision = [
  ['bf16', 'False'],
  ['fp16', 'True'],
  ['params_dtype', 'torch.float16'],
] as const;
