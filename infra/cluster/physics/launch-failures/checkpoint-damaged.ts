import type { DyingRank } from '../job.ts';
import { allAtLaunch } from '../launch-state.ts';
import { rankAt } from '../rank-place.ts';
import { inMegatron, main, ofRank, python, traceback, type Call } from '../traceback.ts';
import type { LaunchFailure } from './launch-failure.ts';

// Some seconds into the reading of the checkpoint.
const beforeRunMs = 5_000;

/** A shard of the newest checkpoint is not as it was written: the rank that reads it ends, and so does every later attempt. */
export const checkpointDamaged: LaunchFailure = ({ world, attempt }) => {
  for (const { place, value } of allAtLaunch(world, attempt, 'checkpoint.shard')) {
    const at = rankAt(world, attempt, place);
    if (at === null) continue;
    const folder = `/lustre/ckpt/${world.job.name}/iter_${String(attempt.fromIteration).padStart(7, '0')}`;
    const file = `${folder}/__${at.rank}_0.distcp`;
    return {
      atMs: attempt.runMs - beforeRunMs,
      node: at.node,
      gpu: at.gpu,
      exitCode: 1,
      slurmState: 'FAILED',
      lastWords: value === 'missing' ? missing(file) : value === 'empty' ? empty : truncated,
    };
  }
  return null;
};

const loading: readonly Call[] = [
  main,
  [
    inMegatron('megatron/training/training.py'),
    289,
    'pretrain',
    'model, optimizer, opt_param_scheduler = setup_model_and_optimizer(',
  ],
  [
    inMegatron('megatron/training/training.py'),
    641,
    'setup_model_and_optimizer',
    'args.iteration, args.num_floating_point_operations_so_far = load_checkpoint(',
  ],
  [
    inMegatron('megatron/training/checkpointing.py'),
    1021,
    'load_checkpoint',
    'state_dict, checkpoint_name, release, ckpt_type = _load_base_checkpoint(',
  ],
  [
    inMegatron('megatron/core/dist_checkpointing/serialization.py'),
    165,
    'load',
    'loaded_state_dict = sharded_strategy.load(sharded_state_dict, checkpoint_dir)',
  ],
  [inMegatron('megatron/core/dist_checkpointing/strategies/torch.py'), 723, 'load', 'checkpoint.load_state_dict('],
  [
    `${python}/torch/distributed/checkpoint/utils.py`,
    214,
    'all_gather',
    'raise CheckpointException(step, node_failures)',
  ],
];

/** `CheckpointException` of torch.distributed.checkpoint has the exceptions of other ranks in its text. */
function failed(rank: number, calls: readonly Call[], error: string): readonly string[] {
  const inner = traceback(
    [
      [`${python}/torch/distributed/checkpoint/utils.py`, 173, 'reduce_scatter', 'local_data = map_fun()'],
      [
        `${python}/torch/distributed/checkpoint/state_dict_loader.py`,
        224,
        'read_data',
        'all_reads = storage_reader.read_data(final_local_plan, planner)',
      ],
      ...calls,
    ],
    error,
  ).slice(1);
  return ofRank(rank, [
    ...traceback(
      loading,
      `torch.distributed.checkpoint.api.CheckpointException: CheckpointException ranks:dict_keys([${rank}])`,
    ),
    'Traceback (most recent call last): (RANK ' + `${rank})`,
    ...inner,
  ]);
}

const filesystem = `${python}/torch/distributed/checkpoint/filesystem.py`;

function missing(file: string): (who: DyingRank) => readonly string[] {
  return ({ rank }) =>
    failed(
      rank,
      [
        [filesystem, 587, 'read_data', 'with self.fs.create_stream(new_path, "rb") as stream:'],
        ['/usr/lib/python3.10/contextlib.py', 135, '__enter__', 'return next(self.gen)'],
        [filesystem, 452, 'create_stream', 'with cast(Path, path).open(mode) as stream:'],
        [
          '/usr/lib/python3.10/pathlib.py',
          1119,
          'open',
          'return self._accessor.open(self, mode, buffering, encoding, errors,',
        ],
      ],
      `FileNotFoundError: [Errno 2] No such file or directory: '${file}'`,
    );
}

/** The message of torch's reader names no file. */
function truncated({ rank }: DyingRank): readonly string[] {
  return failed(
    rank,
    [
      [filesystem, 611, 'read_data', 'torch.load('],
      [`${python}/torch/serialization.py`, 1326, 'load', 'with _open_zipfile_reader(opened_file) as opened_zipfile:'],
      [
        `${python}/torch/serialization.py`,
        671,
        '__init__',
        'super().__init__(torch._C.PyTorchFileReader(name_or_buffer))',
      ],
    ],
    'RuntimeError: PytorchStreamReader failed reading zip archive: failed finding central directory',
  );
}

/** What is no archive is read as a pickle of old, which begins with a number. */
function empty({ rank }: DyingRank): readonly string[] {
  return failed(
    rank,
    [
      [filesystem, 611, 'read_data', 'torch.load('],
      [`${python}/torch/serialization.py`, 1384, 'load', 'return _legacy_load('],
      [
        `${python}/torch/serialization.py`,
        1628,
        '_legacy_load',
        'magic_number = pickle_module.load(f, **pickle_load_args)',
      ],
    ],
    'EOFError: Ran out of input',
  );
}
