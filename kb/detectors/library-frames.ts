import { lineDetector } from './line-patterns.ts';

const packages = [
  'torch',
  'torchtitan',
  'torchtune',
  'torchrec',
  'deepspeed',
  'megatron',
  'nemo',
  'transformers',
  'accelerate',
  'trl',
  'peft',
  'lightning',
  'lightning_fabric',
  'pytorch_lightning',
  'verl',
  'openrlhf',
  'forge',
  'colossalai',
  'fairscale',
  'fairseq',
  'composer',
  'nanotron',
  'llamafactory',
  'swift',
  'axolotl',
  'vllm',
  'sglang',
  'ray',
  'jax',
  'jaxlib',
  'flax',
  'optax',
  'apex',
  'transformer_engine',
  'flash_attn',
  'bitsandbytes',
];

/** Places that call what the program handed them, or judge its data, settings and arguments. */
const given = [
  String.raw`torch/(?:nn/(?:modules|parallel)|autograd|utils/(?:data|checkpoint)|multiprocessing|hub|serialization|_ops)\b`,
  String.raw`(?:[\w-]+/){0,12}(?:data|datasets?|tokenizers?|cli|configs?|config_manager|arguments|args|hparams|parser|parse|models?|examples?|recipes?|scripts?)(?:/|\.py)`,
];

/** Frames of tracebacks that stand in the code of a training library, installed or checked out. */
export const libraryFrames = lineDetector('library-frames', [
  {
    id: 'traceback.frame.library',
    summary: 'a traceback runs through the code of a training library',
    role: 'context',
    weighs: {},
    source: 'https://docs.python.org/3/library/traceback.html',
    literals: ['file "'],
    // A check-out has the name of the project above the package: torchtitan/torchtitan, Megatron-LM/megatron.
    pattern: new RegExp(
      String.raw`File "[^"\n]{0,300}?(?:(?:site|dist)-packages|torchtitan|torchtune|pytorch|DeepSpeed|Megatron-\w{1,12}|NeMo|transformers/src|accelerate/src|trl|peft/src|pytorch-lightning/src|verl|OpenRLHF|forge(?:/src)?|ColossalAI|fairscale|fairseq|composer|nanotron/src|LLaMA-?Factory/src|ms-swift|axolotl/src|vllm|sglang/python|ray/python|apex|TransformerEngine|flash-attention|bitsandbytes)/(?!${given.join('|')})(?:${packages.join('|')})/(?!${given[1]})[^"\n]{1,200}", line \d{1,6}, in (?!<module>)`,
    ),
    sees: [
      '[rank0]:   File "~/torchtitan/torchtitan/components/checkpoint.py", line 795, in _purge_stale_checkpoints',
      '  File "/opt/conda/lib/python3.10/site-packages/torch/distributed/elastic/agent/server/api.py", line 556, in _rendezvous',
      '  File "/workspace/Megatron-LM/megatron/core/optimizer/distrib_optimizer.py", line 412, in step',
    ],
    ignores: [
      '  File "/data/job/train.py", line 12, in main',
      '  File "/workspace/Megatron-LM/pretrain_gpt.py", line 186, in train_valid_test_datasets_provider',
      '  File "/workspace/Megatron-LM/megatron/core/datasets/megatron_dataset.py", line 42, in __init__',
      '  File "/venv/lib/python3.11/site-packages/torch/nn/modules/module.py", line 1511, in _call_impl',
      '  File "/data/LLaMA-Factory/src/llamafactory/data/loader.py", line 99, in _load_single_dataset',
    ],
  },
]);
