import { lineDetector } from './line-patterns.ts';

const validation = 'https://github.com/NVIDIA/Megatron-LM/blob/main/megatron/core/dist_checkpointing/validation.py';
const megatron = 'https://github.com/NVIDIA/Megatron-LM/blob/main/megatron/training/checkpointing.py';
const orbax = 'https://github.com/google/orbax/tree/main/checkpoint/orbax/checkpoint/_src';

/** Checkpoints as Megatron, NVRx, Orbax and others check, save and restore them. */
export const checkpointRestores = lineDetector('checkpoint-restores', [
  {
    id: 'checkpoint.integrity.failed',
    summary: 'the files of a checkpoint are not those that were written',
    role: 'cause',
    weighs: { 'checkpoint-corruption': 5.6, 'shared-fs-problem': 0.8, 'disk-full': 0.3 },
    source: validation,
    literals: ['checkpoint integrity verification failed'],
    pattern: /Checkpoint integrity verification failed for \d{1,9} file/,
    sees: [
      'megatron.core.dist_checkpointing.core.CheckpointingException: Checkpoint integrity verification failed for 8 file(s) in /data/run/ckpt:',
      'CheckpointingException: Checkpoint integrity verification failed for 1 file(s) in /data/run/ckpt:',
    ],
    ignores: ['Checkpoint integrity verification passed'],
  },
  {
    id: 'checkpoint.shards.not-found',
    summary: 'a distributed checkpoint does not hold all the parts that its ranks load',
    role: 'cause',
    weighs: {
      'checkpoint-corruption': 3.2,
      'user-code-error': 1.6,
      'framework-bug': 1.4,
      'launcher-rank-misconfig': 0.8,
      'shared-fs-problem': 0.6,
    },
    source: validation,
    literals: ['object shard', 'shards after fully parallel loading', 'missing loaded item shard'],
    pattern:
      /CheckpointingException: (?:Object shard \S{1,200} not found|Missing (?:object )?shards after fully parallel loading|Missing loaded item shard)/,
    sees: [
      'megatron.core.dist_checkpointing.core.CheckpointingException: Object shard optimizer.state.step/shard_0_1.pt not found',
      'CheckpointingException: Missing object shards after fully parallel loading: {}',
    ],
    ignores: ['loading object shard 0'],
  },
  {
    id: 'checkpoint.folder.not-there',
    summary: 'the folder that a checkpoint is to be written to or read from is not there on this node',
    role: 'cause',
    weighs: { 'user-code-error': 2.6, 'shared-fs-problem': 2, 'checkpoint-corruption': 1 },
    source: validation,
    literals: ['checkpoint directory ', 'parent directory ', 'in read-only mode: no such file'],
    pattern:
      /CheckpointingException: Checkpoint directory \S{1,300} does not exist|RuntimeError: Parent directory \S{1,300} does not exist|unable to open file <\/(?!torch_|dev\/shm)[^>\n]{1,300}> in read-only mode: No such file/,
    sees: [
      'CheckpointingException: Checkpoint directory /data/run/ckpt/iter_0000120 does not exist',
      'RuntimeError: Parent directory /data/run/ckpt does not exist.',
      'RuntimeError: unable to open file </data/run/ckpt/__3_0.distcp> in read-only mode: No such file or directory (2)',
    ],
    ignores: ['WARNING: Checkpoint directory /data/run/ckpt exists and is not empty.'],
  },
  {
    id: 'checkpoint.local.no-replica',
    summary: 'a checkpoint on the disks of nodes lacks the part of a node, and no other node has a copy',
    role: 'cause',
    weighs: { 'checkpoint-corruption': 3, 'host-hardware-fault': 0.6, 'user-code-error': 0.6 },
    source:
      'https://github.com/NVIDIA/nvidia-resiliency-ext/blob/main/src/nvidia_resiliency_ext/checkpointing/local/replication/strategies.py',
    literals: ['no replicated copies for id'],
    pattern: /No replicated copies for id=\S{1,80} found/,
    sees: ['NoReplicasAvailableError: No replicated copies for id=8 found!'],
    ignores: ['replicated copies: 2'],
  },
  {
    id: 'checkpoint.save.not-completed',
    summary: 'ranks did not all finish to write a checkpoint',
    role: 'cause',
    weighs: {
      'shared-fs-problem': 2.6,
      'disk-full': 1,
      'long-rank0-work-timeout': 1,
      'host-oom': 0.6,
      'framework-bug': 0.6,
    },
    source: orbax,
    literals: [
      'failure during saving local checkpoint',
      'timed out while waiting for async_',
      'timed out waiting for array_metadatas',
      'base directory creation: ',
      'failed to commit the checkpoint',
    ],
    pattern:
      /Failure during saving local checkpoint from iteration|Timed out while waiting for async_(?:write|commit)_complete barrier|Timed out waiting for \w{1,40} base directory creation: |failed to commit the checkpoint/,
    sees: [
      'CheckpointingException: Failure during saving local checkpoint from iteration 120 (last valid iteration is 100)',
      'TimeoutError: Timed out while waiting for async_write_complete barrier.',
      'ValueError: [process_index=8] Timed out waiting for array_metadatas base directory creation: /data/run/ckpt. timeout=600 seconds. primary_process=0',
    ],
    ignores: ['Waiting for previous save to complete took 1 seconds.'],
  },
  {
    id: 'checkpoint.tracker.unreadable',
    summary: 'the file that tells the last checkpoint, or the states beside the weights, cannot be read',
    role: 'cause',
    weighs: {
      'checkpoint-corruption': 3.2,
      'user-code-error': 1.8,
      'launcher-rank-misconfig': 0.6,
      'shared-fs-problem': 0.6,
    },
    source: megatron,
    literals: [
      'unable to load optimizer from checkpoint',
      'unable to load rng state from checkpoint',
      'unable to load iteration from checkpoint',
      'error: invalid metadata file',
      'error parsing metadata file',
    ],
    pattern:
      /Unable to load (?:optimizer|rng state) from checkpoint \S{1,300}|unable to load iteration from checkpoint|ERROR: Invalid metadata file|error parsing metadata file/,
    sees: [
      'Unable to load optimizer from checkpoint /data/run/ckpt. Specify --no-load-optim or --finetune to prevent attempting to load the optimizer state, exiting ...',
      'A metadata file exists but unable to load iteration from checkpoint /data/run/ckpt, exiting',
      'ERROR: Invalid metadata file /data/run/ckpt/latest_checkpointed_iteration.txt. Exiting',
    ],
    ignores: ['WARNING: could not find the metadata file /data/run/ckpt/latest_checkpointed_iteration.txt'],
  },
  {
    id: 'checkpoint.parts.fewer-than-ranks',
    summary: 'a checkpoint has fewer files than it had ranks: it was overwritten, or some ranks did not save',
    role: 'cause',
    weighs: { 'checkpoint-corruption': 4.4, 'shared-fs-problem': 1.6, 'user-code-error': 0.8 },
    source: 'https://github.com/deepspeedai/DeepSpeed/blob/master/deepspeed/utils/zero_to_fp32.py',
    literals: ['possibly due to an overwrite of an old checkpoint'],
    pattern: /but found [^\n]{1,80}Possibly due to an overwrite of an old checkpoint/,
    sees: [
      "ValueError: Expected 16 of '*_optim_states.pt' under '/data/run/ckpt/global_step100' but found 8 files. Possibly due to an overwrite of an old checkpoint, or a checkpoint didn't get saved by one or more processes.",
    ],
    ignores: ['Detected checkpoint of type zero stage 2, world_size: 16'],
  },
  {
    id: 'checkpoint.run.differs',
    summary: 'a checkpoint was written by a run with other settings, another model or another number of ranks',
    role: 'cause',
    weighs: {
      'checkpoint-corruption': 2.4,
      'user-code-error': 2.8,
      'launcher-rank-misconfig': 1.2,
      'framework-bug': 0.6,
    },
    source: megatron,
    literals: [
      'must be same in current run',
      'need to be the same in current run',
      'and checkpointvalue',
      'and checkpoint value',
      'length than checkpointed data iterator',
      'on-disk value metadata tree structures do not match',
      'is not compatible with the stored shape',
      'topology mismatch detected',
      'not found in metadata_tree',
      'but the checkpoint contains',
      'but the checkpoint has num_layers',
      'is not an exact multiple of current dp size',
    ],
    pattern:
      /Number of unpadded elements [^\n]{0,30}(?:must be|need to be the) same in current run|class input value [^\n]{1,60} and checkpoint ?value [^\n]{1,60} do not match|has different length than checkpointed data iterator|on-disk value metadata tree structures do not match|Requested shape: [^\n]{1,80} is not compatible with the stored shape|Topology mismatch detected\. The checkpoint was saved with a different topology|Target path [^\n]{1,200} not found in metadata_tree|optimizers but the checkpoint contains|but the checkpoint has num_layers|is not an exact multiple of current DP size/,
    sees: [
      'AssertionError: Number of unpadded elements must be same in current run (8) and checkpoint (16)',
      'AssertionError: OptimizerParamScheduler: class input value 0.0001 and checkpointvalue 0.0002 for learning rate do not match',
      'ValueError: Requested shape: (4, 8) is not compatible with the stored shape: (8, 8). Truncating/padding is disabled by setting of `strict=True`.',
      'ValueError: User-provided restore item and on-disk value metadata tree structures do not match: {}',
    ],
    ignores: ['checkpoint version 3.0', 'the checkpoint contains optimizer states'],
  },
  {
    id: 'checkpoint.sharding.refused',
    summary: 'the parts of a distributed checkpoint, as the program describes them, do not fit one another',
    role: 'cause',
    weighs: {
      'framework-bug': 2.6,
      'user-code-error': 2,
      'checkpoint-corruption': 0.8,
      'launcher-rank-misconfig': 0.5,
    },
    source: 'https://github.com/NVIDIA/Megatron-LM/blob/main/megatron/core/dist_checkpointing/mapping.py',
    literals: ['checkpointingexception: '],
    pattern:
      /CheckpointingException: (?:Data (?:dtype|shape) should match|Global offset|Invalid rank offsets|Local shape together|ShardedTensor\.flattened_range|Uneven sharding not supported|`data` attr is None|Cannot (?:check|verify)|Invalid sharding pattern|Invalid iteration|The 'find_latest' method)/,
    sees: [
      'CheckpointingException: Invalid sharding pattern validation. Errors: 2',
      'megatron.core.dist_checkpointing.core.CheckpointingException: Data shape should match `local_shape` attribute for ShardedTensor(key=embed)',
    ],
    ignores: [
      'CheckpointingException: Global shape mismatch for loaded (torch.Size([8])) and expected ((16,)) tensor for key embed',
    ],
  },
  {
    id: 'checkpoint.save.old-removed',
    summary: 'a folder that an earlier, interrupted save had left is written anew',
    role: 'context',
    weighs: { 'checkpoint-corruption': 0.8 },
    source: 'https://github.com/NVIDIA/Megatron-LM/blob/main/megatron/core/dist_checkpointing/serialization.py',
    literals: [
      'overwriting old incomplete / corrupted checkpoint',
      'removing unfinished checkpoint',
      'since it is not finalized',
    ],
    pattern:
      /Overwriting old incomplete \/ corrupted checkpoint|Removing unfinished checkpoint|Removing existing directory since it is not finalized/,
    sees: [
      'WARNING: Overwriting old incomplete / corrupted checkpoint...',
      'Removing unfinished checkpoint: /data/run/ckpt/step=100-last',
      'Attempted to create temporary directory /data/run/ckpt/12.orbax-checkpoint-tmp which already exists. Removing existing directory since it is not finalized.',
    ],
    ignores: ['Overwriting the output folder'],
  },
]);
