import { lineDetector } from './line-patterns.ts';

const accelerate = 'https://github.com/huggingface/accelerate/blob/main/src/accelerate/accelerator.py';
const transformers = 'https://github.com/huggingface/transformers/blob/main/src/transformers/modeling_utils.py';
const engine = 'https://github.com/NVIDIA/TransformerEngine/blob/main/transformer_engine/common/util/logging.h';

/** What transformers, accelerate, Lightning, attention and quantisation kernels refuse or stumble over. */
export const frameworkErrors = lineDetector('framework-errors', [
  {
    id: 'program.kernel.not-for-this-gpu',
    summary: 'an attention, quantisation or 8-bit kernel does not run on this GPU or with this type',
    role: 'cause',
    weighs: { 'user-code-error': 4.8, 'framework-bug': 1.6 },
    source: 'https://github.com/Dao-AILab/flash-attention/blob/main/csrc/flash_attn/flash_api.cpp',
    literals: [
      'flashattention only support',
      'flashattention2 has been toggled on',
      'flashattention forward only supports head dimension',
      'flashattention backward for head dim',
      'required for fp8 execution',
      "your setup doesn't support bf16",
      'bfloat16 is only supported on gpus with compute capability',
      'no operator found for `memory_efficient_attention',
      'no dot product attention',
      'torch not compiled with cuda enabled',
      'fp8 quantization is only supported on gpus',
    ],
    pattern:
      /FlashAttention only supports? (?:Ampere|fp16|Hopper)|FlashAttention2 has been toggled on, but it cannot be used|FlashAttention forward only supports head dimension|FlashAttention backward for head dim|required for FP8 execution|Your setup doesn't support bf16|Bfloat16 is only supported on GPUs with compute capability|No operator found for `memory_efficient_attention|No dot product attention (?:backend|support)|Torch not compiled with CUDA enabled|FP8 quantization is only supported on GPUs/,
    sees: [
      'RuntimeError: FlashAttention only supports Ampere GPUs or newer.',
      'ImportError: FlashAttention2 has been toggled on, but it cannot be used due to the following error: the package flash_attn seems to be not installed.',
      'AssertionError: Device compute capability 8.9 or higher required for FP8 execution.',
      "ValueError: Your setup doesn't support bf16/gpu. You need torch>=1.10, using Ampere GPU with cuda>=11.0",
      'AssertionError: Torch not compiled with CUDA enabled',
    ],
    ignores: ['FlashAttention 2.5.8 is available'],
  },
  {
    id: 'transformer-engine.assertion',
    summary: 'Transformer Engine failed one of its assertions',
    role: 'cause',
    weighs: { 'framework-bug': 2.8, 'user-code-error': 2.6 },
    source: engine,
    literals: ['transformer_engine/common', 'fp8 execution requires'],
    pattern:
      /transformer_engine\/common\/\S{1,160}:\d{1,5} in function [^\n]{1,80}: (?:Assertion failed|cuDNN Error)|FP8 execution requires 2D/,
    sees: [
      'RuntimeError: /workspace/transformer_engine/common/transformer_engine.cpp:120 in function CheckOutputTensor: Assertion failed: t.data.dptr != nullptr. Output C is not allocated!',
      'AssertionError: FP8 execution requires 2D input matrices with height divisible by 8 and width divisible by 16, but got tensor with dims=[13, 1024]',
    ],
    ignores: ['  File "/opt/transformer_engine/common/recipe/__init__.py", line 12, in <module>'],
  },
  {
    id: 'bitsandbytes.not-for-cuda',
    summary: 'bitsandbytes or Apex lacks its CUDA part',
    role: 'cause',
    weighs: { 'user-code-error': 4.6, 'framework-bug': 1.2, 'container-toolkit-misconfig': 0.6 },
    source: 'https://github.com/bitsandbytes-foundation/bitsandbytes/blob/main/bitsandbytes/cextension.py',
    literals: [
      'cuda setup failed despite',
      'undefined symbol: cget_col_row_stats',
      'requires cuda extensions',
      'required library version not found: libbitsandbytes',
    ],
    pattern:
      /CUDA [Ss]etup failed despite|undefined symbol: cget_col_row_stats|requires cuda extensions|Required library version not found: libbitsandbytes/,
    sees: [
      'RuntimeError: CUDA Setup failed despite GPU being available. Please run the following command to get more information:',
      'AttributeError: /venv/bitsandbytes/libbitsandbytes_cpu.so: undefined symbol: cget_col_row_stats',
      'RuntimeError: apex.optimizers.FusedAdam requires cuda extensions',
    ],
    ignores: ['CUDA SETUP: CUDA runtime path found: /usr/local/cuda/lib64/libcudart.so'],
  },
  {
    id: 'accelerate.setup.refused',
    summary: 'accelerate refuses how a model was loaded or prepared',
    role: 'cause',
    weighs: { 'user-code-error': 5, 'framework-bug': 1.6 },
    source: accelerate,
    literals: [
      "you can't train a model that has been loaded",
      "you can't use same `accelerator()`",
      'must be passed together to `accelerator.prepare()`',
      '`accelerate.prepare()` requires you to pass',
      'cannot perform fine-tuning on purely quantized models',
      'misconfigurationexception',
      'optimizer parameters are not on the same device',
    ],
    pattern:
      /You can't train a model that has been loaded|You can't use same `Accelerator\(\)` instance|must be passed together to `Accelerator\.prepare\(\)`|`accelerate\.prepare\(\)` requires you to pass|cannot perform fine-tuning on purely quantized models|MisconfigurationException(?!: You requested gpu: )|optimizer parameters are not on the same device/,
    sees: [
      "ValueError: You can't train a model that has been loaded with `device_map='auto'` in any distributed mode. Please rerun your script specifying `--num_processes=1` or by launching with `python {{myscript.py}}`.",
      'lightning.fabric.utilities.exceptions.MisconfigurationException: No supported gpu backend found!',
    ],
    ignores: [
      'Gradient accumulation steps: 4',
      'lightning.fabric.utilities.exceptions.MisconfigurationException: You requested gpu: [0, 1, 2, 3]',
    ],
  },
  {
    id: 'transformers.meta-tensor',
    summary:
      'weights that were never loaded (meta tensors) or are split by ZeRO or FSDP are used as if they were there',
    role: 'cause',
    weighs: { 'framework-bug': 3.2, 'user-code-error': 2.8, 'checkpoint-corruption': 0.4 },
    source: transformers,
    literals: [
      'cannot copy out of meta tensor',
      'some parameters are on the meta device',
      "'weight' must be 2-d",
      'some tensors share memory',
      'tensor on device meta is not on the expected device',
    ],
    pattern:
      /Cannot copy out of meta tensor; no data|since some parameters are on the meta device because|'weight' must be 2-D|[Ss]ome tensors share memory, this will lead to duplicate|Tensor on device meta is not on the expected device/,
    sees: [
      'NotImplementedError: Cannot copy out of meta tensor; no data! Please use torch.nn.Module.to_empty() instead of torch.nn.Module.to() when moving module from meta to a different device.',
      "RuntimeError: 'weight' must be 2-D",
      "            Some tensors share memory, this will lead to duplicate memory on disk and potential differences when loading them again: [{'lm_head.weight', 'model.embed_tokens.weight'}].",
    ],
    ignores: [
      'initialising on the meta device',
      'WARNING: Some parameters are on the meta device because they were offloaded to the cpu.',
    ],
  },
  {
    id: 'library.interface.changed',
    summary: "a training library calls another in a way that the other's version does not know",
    role: 'cause',
    weighs: { 'framework-bug': 3.8, 'user-code-error': 2.7 },
    source: 'https://github.com/huggingface/transformers/blob/main/src/transformers/trainer.py',
    literals: ['got an unexpected keyword argument', 'has no attribute', 'required positional', 'is not defined'],
    // Names of classes and modules of the libraries themselves; those of a program are `program.exception.plain`.
    pattern:
      /TypeError: (?:Accelerator|\w{0,40}Trainer|\w{0,40}TrainingArguments|Adam\w{0,4}|DeepSpeed\w{1,40}|FullyShardedDataParallel|DataLoaderShard|\w{0,30}Engine|LlamaRotaryEmbedding|\w{2,60}(?:ForCausalLM|Config|DecoderLayer|Attention))\.\w{1,60}\(\) (?:got an unexpected keyword argument|missing \d required positional)|AttributeError: (?:module '(?:torch|transformers|deepspeed|accelerate|megatron|apex|datasets|trl|peft|vllm|ray|triton|transformer_engine|flash_attn|lightning|xformers|numpy|tensorflow|jax|jaxlib)[\w.]{0,80}' has no attribute|'(?:DeepSpeed\w{1,40}|Accelerator\w{0,20}|DistributedDataParallel|FullyShardedDataParallel|\w{2,40}Tokenizer(?:Fast)?|\w{2,40}TrainingArguments|AdamW|DynamicCache|FlatParameter|DistributedOptimizer|ChainedOptimizer|Float16Optimizer\w{0,30}|FP32Optimizer|AcceleratorState|PartialState|DataLoader(?:Shard|Dispatcher)|\w{2,60}ForCausalLM)' object has no attribute)|NameError: name '(?:is_\w{2,40}_available|init_empty_weights|PartialState|Accelerat\w{2,30}|find_tied_parameters|_?flash_\w{2,40}|amp_C)' is not defined/,
    sees: [
      "TypeError: Accelerator.__init__() got an unexpected keyword argument 'dispatch_batches'",
      "TypeError: DeepSpeedCPUAdam.__init__() got an unexpected keyword argument 'use_adamw'",
      "AttributeError: module 'torch.distributed' has no attribute '_all_gather_base'",
      "AttributeError: 'DynamicCache' object has no attribute 'get_max_length'",
      "AttributeError: 'DistributedOptimizer' object has no attribute '_copy_model_params_to_main_params'",
      "NameError: name 'is_torch_xla_available' is not defined",
    ],
    ignores: [
      "TypeError: MyModel.forward() got an unexpected keyword argument 'labels'",
      "AttributeError: 'NoneType' object has no attribute 'shape'",
      "NameError: name 'loss_fn' is not defined",
    ],
  },
  {
    id: 'torch.distributed.setup-order',
    summary: 'torch.distributed is used before it is set up, twice, or without its back end',
    role: 'cause',
    weighs: { 'user-code-error': 4.6, 'framework-bug': 1.4, 'launcher-rank-misconfig': 1 },
    source: 'https://github.com/pytorch/pytorch/blob/main/torch/distributed/distributed_c10d.py',
    literals: [
      'default process group has not been initialized',
      'initialize the default process group twice',
      "package doesn't have nccl built in",
    ],
    pattern:
      /Default process group has not been initialized|initialize the default process group twice|Distributed package doesn't have NCCL built in/,
    sees: [
      'ValueError: Default process group has not been initialized, please make sure to call init_process_group.',
      "RuntimeError: Distributed package doesn't have NCCL built in",
    ],
    ignores: ['process group has been initialized'],
  },
  {
    id: 'traceback.frame.framework',
    summary: 'a traceback runs through the inner parts of a training framework',
    role: 'context',
    // What merely calls the program's own functions is left out. The little for the program keeps the frames in sight
    // where the two are weighed against each other.
    weighs: { 'framework-bug': 2.6, 'user-code-error': 0.2 },
    source: 'https://docs.python.org/3/library/traceback.html',
    literals: [
      '/deepspeed/runtime/zero/',
      '/deepspeed/runtime/pipe/',
      '/torch/distributed/fsdp/',
      '/torch/_inductor/',
      '/torch/_dynamo/',
      '/torch/_functorch/',
      '/megatron/core/',
      '/transformer_engine/',
      '/apex/',
      '/torch/distributed/checkpoint/',
      '/torch/distributed/tensor/',
    ],
    pattern:
      /File "[^"\n]{0,300}\/(?:deepspeed\/runtime\/(?:zero|pipe)|torch\/distributed\/(?:fsdp|checkpoint|tensor)|torch\/_(?:inductor|dynamo|functorch)|megatron\/core(?!\/datasets)|transformer_engine|apex)\/[^"\n]{1,200}", line \d+, in (?!<module>|(?:forward|forward_step|forward_backward_\w{1,40}|_exec_\w{1,40}|train_batch|wrapper|wrapped_fn|_fn|inner|compile_wrapper|custom_forward|__call__|__init__|_wrapped_\w{1,40})\s*$)/,
    sees: [
      '  File "/venv/lib/python3.11/site-packages/deepspeed/runtime/zero/stage3.py", line 1161, in reduce_independent_p_g_buckets_and_remove_grads',
    ],
    ignores: [
      '  File "/data/job/train.py", line 12, in main',
      // What builds the data sets judges what it was given.
      '  File "/workspace/Megatron-LM/megatron/core/datasets/gpt_dataset.py", line 68, in build_low_level_dataset',
      '  File "/venv/lib/python3.11/site-packages/torch/distributed/fsdp/fully_sharded_data_parallel.py", line 839, in forward',
    ],
  },
]);
