import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resolveRun } from '../../../../kb/performance/run/resolve.ts';
import { readArguments } from '../../../../kb/performance/run/read-arguments.ts';

// Names, widths and neighbours as Megatron-LM core 0.11 prints them; the numbers are of a run with 4 GPUs.
const megatron = `
[default0]:using world size: 4, data-parallel size: 1, context-parallel size: 1, tensor-model-parallel size: 4
------------------------ arguments ------------------------
  accumulate_allreduce_grads_in_fp32 .............. True
  attention_backend ............................... AttnBackend.flash
  bf16 ............................................ True
  check_weight_hash_across_dp_replicas_interval ... None
  context_parallel_size ........................... 1
  data_parallel_size .............................. 1
  data_path ....................................... ['data/fineweb-10BT-BPE_text_document']
  encoder_seq_length .............................. 2048
  ffn_hidden_size ................................. 10752
  fp16 ............................................ False
  fp8 ............................................. None
  global_batch_size ............................... 512
  group_query_attention ........................... True
  hidden_size ..................................... 3072
  micro_batch_size ................................ 1
  num_attention_heads ............................. 24
  num_layers ...................................... 28
  num_query_groups ................................ 8
  pipeline_model_parallel_size .................... 1
  recompute_granularity ........................... selective
  seq_length ...................................... 2048
  sequence_parallel ............................... True
  swiglu .......................................... True
  tensor_model_parallel_size ...................... 4
  use_distributed_optimizer ....................... True
  virtual_pipeline_model_parallel_size ............ None
  vocab_size ...................................... None
  world_size ...................................... 4
-------------------- end of arguments ---------------------
> building GPT2BPETokenizer tokenizer ...
 > padded vocab (size: 50257) with 431 dummy tokens (new size: 50688)
`.split('\n');

const titan = [
  '[rank0]:2025-02-13 11:33:12,138 - root - INFO - CUDA capacity: NVIDIA H200 with 139.83GiB memory',
  "[rank0]:2025-02-13 11:33:12,140 - root - INFO - Building 2-D device mesh with ['dp_shard', 'tp'], [4, 2]",
  "[rank0]:2025-02-13 11:33:28,973 - root - INFO - Building llama3 8B with ModelArgs(dim=4096, n_layers=32, n_heads=32, n_kv_heads=8, vocab_size=128256, multiple_of=1024, ffn_dim_multiplier=1.3, norm_eps=1e-05, rope_theta=500000, max_seq_len=8192, depth_init=True, norm_type='rmsnorm')",
  '[rank0]:2025-02-13 11:33:40,100 - root - INFO - Training starts at step 1, with local batch size 1, global batch size 4, sequence length 8192, total steps 1000 (warmup 200)',
];

describe('the arguments at the start of a log', () => {
  it("are Megatron's block", () => {
    const told = readArguments(megatron);
    expect(told?.framework).toBe('megatron');
    expect(told?.fields).toEqual({
      framework: 'Megatron-LM',
      gpus: 4,
      layers: 28,
      hidden: 3072,
      ffn: 10752,
      gated: true,
      heads: 24,
      kv_heads: 8,
      seq: 2048,
      vocab: 50688,
      tp: 4,
      pp: 1,
      dp: 1,
      cp: 1,
      sequence_parallel: true,
      micro_batch: 1,
      global_batch: 512,
      recompute: 'selective',
      precision: 'bf16',
      sharding: 'distributed-optimizer',
      flash_attention: true,
    });
  });

  it('are those of the last start', () => {
    const again = megatron.map((line) =>
      line.replace(
        'micro_batch_size ................................ 1',
        'micro_batch_size ................................ 2',
      ),
    );
    expect(readArguments([...megatron, 'Traceback …', ...again])?.fields.micro_batch).toBe(2);
  });

  it('are what torchtitan builds', () => {
    const told = readArguments(titan);
    expect(told?.fields).toMatchObject({
      gpu: 'NVIDIA H200',
      gpus: 8,
      tp: 2,
      dp: 4,
      pp: 1,
      sharding: 'fsdp-full_shard',
      hidden: 4096,
      layers: 32,
      heads: 32,
      kv_heads: 8,
      vocab: 128256,
      // Llama 3 8B's own feed-forward size.
      ffn: 14336,
      gated: true,
      seq: 8192,
      micro_batch: 1,
      global_batch: 4,
    });
  });

  it('say that a model is a mixture of experts, which is then refused and not predicted as a dense one', () => {
    const told = readArguments(megatron.toSpliced(3, 0, '  num_experts ..................................... 8'));
    expect(told?.fields).toMatchObject({ num_experts: 8 });
    expect(resolveRun({ gpu: 'A100', gpus: 4, ...told?.fields })).toMatchObject({
      kind: 'refused',
      problems: [{ field: 'num_experts' }],
    });
  });

  it.each([
    ['AttnBackend.auto', 'transformer_engine', true],
    ['AttnBackend.unfused', 'transformer_engine', false],
    ['AttnBackend.auto', 'local', false],
    ['AttnBackend.flash', 'local', true],
  ])('mean with %s and %s: flash attention %s', (backend, engine, flash) => {
    const lines = megatron
      .map((line) => line.replace('AttnBackend.flash', backend))
      .toSpliced(
        3,
        0,
        `  transformer_impl ................................ ${engine}`,
        '  use_flash_attn .................................. False',
      );
    expect(readArguments(lines)?.fields.flash_attention).toBe(flash);
  });

  it("are DeepSpeed's configuration", () => {
    const told = readArguments([
      '[2023-08-08 16:28:39,800] [INFO] [config.py:964:print]   train_batch_size ............. 128',
      '[2023-08-08 16:28:39,800] [INFO] [config.py:964:print]   train_micro_batch_size_per_gpu  32',
      '[2023-08-08 16:28:39,800] [INFO] [config.py:964:print]   world_size ................... 4',
      '[2023-08-08 16:28:39,800] [INFO] [config.py:964:print]   bfloat16_enabled ............. True',
      '[2023-08-08 16:28:39,800] [INFO] [config.py:964:print]   zero_optimization_stage ...... 1',
    ]);
    expect(told?.framework).toBe('deepspeed');
    expect(told?.fields).toEqual({
      framework: 'DeepSpeed',
      gpus: 4,
      micro_batch: 32,
      global_batch: 128,
      sharding: 'zero1',
      precision: 'bf16',
    });
  });

  it('are the YAML of NeMo and of llm-foundry', () => {
    const nemo = `trainer:\n  devices: 8\n  num_nodes: 4\n  precision: bf16-mixed\nmodel:\n  micro_batch_size: 1\n  global_batch_size: 128\n  tensor_model_parallel_size: 4\n  pipeline_model_parallel_size: 2\n  encoder_seq_length: 4096\n  num_layers: 32\n  hidden_size: 4096\n  ffn_hidden_size: 11008\n  num_attention_heads: 32\n  activation: fast-swiglu\n  activations_checkpoint_granularity: selective`;
    expect(readArguments(nemo.split('\n'))).toMatchObject({
      framework: 'nemo',
      fields: { gpus: 32, nodes: 4, tp: 4, pp: 2, layers: 32, hidden: 4096, gated: true, precision: 'bf16', seq: 4096 },
    });
    const foundry = `max_seq_len: 2048\nmodel:\n  name: mpt_causal_lm\n  d_model: 4096\n  n_heads: 32\n  n_layers: 32\n  expansion_ratio: 4\n  vocab_size: 50368\n    attn_impl: flash\nglobal_train_batch_size: 1024\ndevice_train_microbatch_size: 4\nprecision: amp_bf16\nfsdp_config:\n  sharding_strategy: FULL_SHARD\nn_gpus: 64`;
    expect(readArguments(foundry.split('\n'))).toMatchObject({
      framework: 'llm-foundry',
      fields: { gpus: 64, hidden: 4096, ffn: 16384, layers: 32, sharding: 'fsdp-full_shard', flash_attention: true },
    });
  });

  it('take no value that a run cannot have', () => {
    const hostile = megatron.map((line) =>
      line
        .replace(/(hidden_size \.+) 3072/, '$1 $(reboot)')
        .replace(/( num_layers \.+) 28/, '$1 999999999')
        .replace(/(seq_length \.+) 2048/, '$1 1e400'),
    );
    const fields = readArguments(hostile)?.fields ?? {};
    expect(fields).not.toHaveProperty('hidden');
    expect(fields).not.toHaveProperty('layers');
    expect(fields).not.toHaveProperty('seq');
    expect(fields.heads).toBe(24);
  });

  it('are none where nothing tells of them, whatever is read', () => {
    expect(readArguments(['iteration 5/10', 'Loading extension module utils...'])).toBeNull();
    expect(readArguments(['  name .............', '__proto__ .......... 5', `a ${'.'.repeat(100_000)} b`])).toBeNull();
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 300 })), (lines) => {
        expect(readArguments(lines)).toBeNull();
      }),
    );
  });
});
