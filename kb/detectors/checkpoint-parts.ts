import { lineDetector } from './line-patterns.ts';

const megatron = 'https://github.com/NVIDIA/Megatron-LM/blob/main/megatron/core/dist_checkpointing/validation.py';

/** Checkpoints of many files: parts that are not there, and states that fit another world, model or optimizer. */
export const checkpointParts = lineDetector('checkpoint-parts', [
  {
    // Written by one node on a disk of its own, the description of a checkpoint is missing on all the others.
    id: 'checkpoint.metadata.missing',
    summary: 'the description of a distributed checkpoint is not there',
    role: 'cause',
    weighs: { 'checkpoint-corruption': 3.4, 'shared-fs-problem': 2.6, 'user-code-error': 1.4 },
    source: 'https://github.com/huggingface/accelerate/issues/3010',
    literals: ['.metadata'],
    pattern: /(?:FileNotFoundError|No such file or directory)[^\n]{0,200}\/\.metadata\b/,
    sees: ["FileNotFoundError: [Errno 2] No such file or directory: '/data/run/ckpt/iter_0001000/.metadata'"],
    ignores: ['loading /data/run/ckpt/iter_0001000/.metadata'],
  },
  {
    id: 'checkpoint.distributed.failed',
    summary: 'some ranks could not save or load their part of a checkpoint; the error of each stands beside it',
    role: 'symptom',
    weighs: { 'checkpoint-corruption': 1.3, 'shared-fs-problem': 0.7, 'disk-full': 0.5, 'user-code-error': 0.5 },
    source: 'https://github.com/pytorch/pytorch/blob/main/torch/distributed/checkpoint/api.py',
    literals: ['checkpointexception ranks'],
    pattern: /CheckpointException ranks:/,
    sees: ['torch.distributed.checkpoint.api.CheckpointException: CheckpointException ranks:dict_keys([0, 1])'],
    ignores: ['from torch.distributed.checkpoint.api import CheckpointException'],
  },
  {
    id: 'checkpoint.file.missing-part',
    summary: 'a part of a checkpoint is not there',
    role: 'cause',
    weighs: { 'checkpoint-corruption': 4.2, 'user-code-error': 1.6, 'shared-fs-problem': 1.6 },
    source: 'https://github.com/deepspeedai/DeepSpeed/blob/master/deepspeed/runtime/engine.py',
    literals: [
      'exit-on-missing-checkpoint',
      "can't find a valid checkpoint",
      'missing shard',
      'missing checkpoint',
      '.distcp',
      '_optim_states',
      'mp_rank_',
      'model_optim_rng',
      'zero checkpoints paths are missing',
      'checkpoint load path',
      'not all files',
      'not all ranks',
      'not all shards',
      'unfinished checkpoint',
      'is not a distributed checkpoint',
      'cannot find any checkpoint metadata',
    ],
    pattern:
      /'--exit-on-missing-checkpoint' (?:set[^\n]{0,20}exiting|is set but no checkpoint was found)|Can't find a valid checkpoint at|[Mm]issing (?:shard|checkpoint (?:file|shard))|(?:FileNotFoundError|No such file or directory)[^\n]{0,200}(?:\.distcp|_optim_states\.pt|mp_rank_\d+|model_optim_rng\.pt)|following zero checkpoints paths are missing|Client provided checkpoint load path: \S{1,200} does not exist|(?:checkpoint|ckpt)[^\n]{0,60}not all (?:files|ranks|shards)|(?<!Removing )[Uu]nfinished checkpoint|is not a distributed checkpoint|Cannot find any checkpoint metadata/,
    sees: [
      "FileNotFoundError: [Errno 2] No such file or directory: '/data/run/ckpt/iter_0001000/__3_0.distcp'",
      ">> '--exit-on-missing-checkpoint' set ... exiting. <<",
      "AssertionError: The following zero checkpoints paths are missing: ['zero_pp_rank_3_mp_rank_00_optim_states.pt']",
    ],
    ignores: [
      'WARNING: could not find the metadata file /data/run/ckpt/latest_checkpointed_iteration.txt',
      'loading checkpoint from /data/run/ckpt',
      'removing unneeded old mp_rank_00_model_states.pt',
    ],
  },
  {
    // Written after the weights: where the job ends in between, the folder is there and these are not.
    id: 'checkpoint.state-file.missing',
    summary: 'a checkpoint lacks the state of its trainer, optimizer or random numbers',
    role: 'cause',
    weighs: { 'checkpoint-corruption': 4, 'user-code-error': 2.2, 'shared-fs-problem': 1.4, 'framework-bug': 1 },
    source: 'https://github.com/huggingface/transformers/issues/35782',
    literals: ['trainer_state.json', 'optimizer', 'scheduler.', 'rng_state', 'random_states_', '/common.pt'],
    pattern:
      /(?:FileNotFoundError|No such file or directory)[^\n]{0,200}?(?:checkpoints?|ckpts?|global_step|iter_|epoch|step)[-_=]?\d{0,9}\/(?:[\w.-]{1,80}\/){0,2}(?:trainer_state\.json|(?:optimizer|scheduler)(?:_\d{1,3})?\.(?:pt|bin)|rng_state\w{0,12}\.pth|random_states_\d{1,6}\.pkl|common\.pt)/,
    sees: [
      "FileNotFoundError: [Errno 2] No such file or directory: '/data/run/checkpoint-1500/trainer_state.json'",
      "FileNotFoundError: [Errno 2] No such file or directory: '/data/run/checkpoint_3/random_states_5.pkl'",
    ],
    ignores: [
      'Saving optimizer state to /data/run/checkpoint-1500/optimizer.pt',
      "FileNotFoundError: [Errno 2] No such file or directory: '/data/config/optimizer.json'",
    ],
  },
  {
    id: 'checkpoint.weights.not-found',
    summary: 'a directory does not hold the weights that its name or index promises',
    role: 'cause',
    weighs: { 'checkpoint-corruption': 2.4, 'user-code-error': 2.6, 'shared-fs-problem': 0.8 },
    source: 'https://github.com/huggingface/transformers/blob/main/src/transformers/modeling_utils.py',
    literals: ['which is necessary to load this pretrained model', 'does not appear to have'],
    pattern:
      /Unable to locate the file \S{1,200} which is necessary to load this pretrained model|does not appear to have (?:a file named|files named|any file)[^\n]{0,60}(?:\.bin|\.safetensors|\.index|\.h5|\.ckpt)/,
    sees: [
      'OSError: Unable to locate the file /data/model/pytorch_model.bin which is necessary to load this pretrained model. Make sure you have saved the model properly.',
      "OSError: /data/model does not appear to have files named ('model-00002-of-00005.safetensors',).",
    ],
    ignores: ['Loading checkpoint shards: 100%|##########| 5/5'],
  },
  {
    // Asked for under a name that was never saved: a change of the model, or of how the library names its state.
    id: 'checkpoint.key.missing',
    summary: 'a distributed checkpoint does not hold an entry that the program asks it for',
    role: 'cause',
    weighs: {
      'checkpoint-corruption': 2.2,
      'framework-bug': 2.2,
      'user-code-error': 1.8,
      'launcher-rank-misconfig': 0.6,
    },
    source: 'https://github.com/pytorch/pytorch/blob/main/torch/distributed/checkpoint/default_planner.py',
    literals: ['missing key in checkpoint state_dict'],
    pattern: /Missing key in checkpoint state_dict: (?!\{)/,
    sees: ['RuntimeError: Missing key in checkpoint state_dict: optimizer.state.exp_avg.'],
    ignores: ['    raise RuntimeError(f"Missing key in checkpoint state_dict: {fqn}.")'],
  },
  {
    id: 'checkpoint.world.mismatch',
    summary: 'a checkpoint was written by another number of ranks or another way of splitting the model',
    role: 'cause',
    weighs: { 'checkpoint-corruption': 3, 'launcher-rank-misconfig': 1.6, 'user-code-error': 2 },
    source: megatron,
    literals: [
      'used a dp world size of',
      'current world size is',
      'checkpointingexception',
      'failed to validate global plan',
      'size mismatch between saved',
      'global shape mismatch',
      'invalid access pattern',
      'value from checkpoint (',
    ],
    pattern:
      /checkpoint being loaded used a DP world size of|CheckpointingException: |Failed to validate global plan|Size mismatch between saved [^\n]{1,120} and current|Global shape mismatch for loaded|Invalid access pattern for ShardedTensor|value from checkpoint \([^)\n]{1,60}\) is not equal to the input argument value/,
    sees: [
      "deepspeed.runtime.zero.utils.ZeRORuntimeException: The checkpoint being loaded used a DP world size of 16 but the current world size is 8. Automatic adjustment of ZeRO's optimizer state partitioning with a new world size is not currently supported.",
      'megatron.core.dist_checkpointing.core.CheckpointingException: Object shard ScalingFactor/shard_0_1.pt not found',
      'AssertionError: tensor_model_parallel_size value from checkpoint (2) is not equal to the input argument value (4).',
    ],
    ignores: ['The world size is 16, the checkpoint was written by 16'],
  },
  {
    id: 'checkpoint.state.mismatch',
    summary: 'a checkpoint does not fit the model or optimizer that loads it',
    role: 'cause',
    weighs: { 'checkpoint-corruption': 3, 'user-code-error': 2.8, 'framework-bug': 1.6 },
    source: 'https://github.com/pytorch/pytorch/blob/main/torch/nn/modules/module.py',
    literals: [
      'loading state_dict',
      'size mismatch for',
      'missing key(s) in state_dict',
      'unexpected key(s) in state_dict',
      "doesn't match the size of optimizer",
      'parameter group',
      'was saved with',
      'does not match',
      'mismatch',
      'loaded state dict',
    ],
    pattern:
      /Error\(s\) in loading state_dict|size mismatch for [\w.]{1,160}|(?:Missing|Unexpected) key\(s\) in state_dict|parameter group that doesn't match the size|loaded state dict (?:has a different number|contains a parameter group)|checkpoint[^\n]{0,60}(?:was saved with|does not match|mismatch)[^\n]{0,60}(?:tensor|pipeline|world|parallel|size|shape)/,
    sees: [
      'RuntimeError: Error(s) in loading state_dict for GPTModel:',
      '	size mismatch for embed.weight: copying a param with shape torch.Size([50304, 1024]) from checkpoint, the shape in current model is torch.Size([50257, 1024]).',
    ],
    ignores: ['<All keys matched successfully>'],
  },
]);
