import { findNode, type World, type WorldNode } from '../../world.ts';
import { allAtLaunch } from '../launch-state.ts';
import type { Attempt, DyingRank, RankDeath } from '../job.ts';
import { trainerPid } from '../job.ts';
import { inMegatron, initialize, main, ofRank, python, traceback, type Call } from '../traceback.ts';
import { ncclMib, ncclSegmentBytes, ownShmMib } from '../shm.ts';
import { hexDigits } from '../../noise.ts';
import type { LaunchFailure } from './launch-failure.ts';

// Distances to the first step: CUDA is asked when Megatron is set up, data sets are opened before the communicators.
const cudaBeforeMs = 13_000;
const dataBeforeMs = 12_400;
const ncclBeforeMs = 8_600;

/** Containers that were started by plain runc have no GPUs and no driver libraries. */
export const withoutRuntime: LaunchFailure = ({ world, attempt, facts }) => {
  // A container asks the daemon that runs, so that it counts what that read.
  for (const { place, value } of facts('container.docker-runs')) {
    const node = memberOf(world, attempt, place);
    if (value !== 'no-runtime' || node === undefined) continue;
    const lines = traceback(
      [
        main,
        initialize,
        [inMegatron('megatron/training/initialize.py'), 86, 'finish_mpu_init', '_initialize_distributed()'],
        [
          inMegatron('megatron/training/initialize.py'),
          252,
          '_initialize_distributed',
          'torch.cuda.set_device(device)',
        ],
        [`${python}/torch/cuda/__init__.py`, 478, 'set_device', 'torch._C._cuda_setDevice(device)'],
        [`${python}/torch/cuda/__init__.py`, 319, '_lazy_init', 'torch._C._cuda_init()'],
      ],
      'RuntimeError: Found no NVIDIA driver on your system. Please check that you have an NVIDIA GPU and installed a driver from http://www.nvidia.com/Download/index.aspx',
    );
    return failed(node, attempt.runMs - cudaBeforeMs, () => lines);
  }
  return null;
};

/** The training data lie on a file system that is not there. */
export const withoutMount: LaunchFailure = ({ world, attempt, facts }) => {
  for (const { place, key, value } of facts('storage.mount')) {
    const node = memberOf(world, attempt, place);
    if (value !== 'missing' || key !== '/lustre' || node === undefined) continue;
    const lines = traceback(
      [
        main,
        [
          inMegatron('megatron/training/training.py'),
          287,
          'pretrain',
          'train_data_iterator, valid_data_iterator, test_data_iterator',
        ],
        [
          inMegatron('pretrain_gpt.py'),
          229,
          'train_valid_test_datasets_provider',
          'train_ds, valid_ds, test_ds = ShardedDataset.build(',
        ],
        [inMegatron('pretrain/data/shards.py'), 41, 'build', 'with open(os.path.join(root, "index.json")) as index:'],
      ],
      `FileNotFoundError: [Errno 2] No such file or directory: '/lustre/data/${world.job.name}/index.json'`,
    );
    return failed(node, attempt.runMs - dataBeforeMs, ({ rank }) => ofRank(rank, lines));
  }
  return null;
};

/** Verbs pin memory; what is pinned counts against the limit of locked memory. */
export const lockedMemory: LaunchFailure = ({ world, attempt }) => {
  for (const { place, value } of allAtLaunch(world, attempt, 'host.memlock-kib')) {
    const node = memberOf(world, attempt, place);
    if (value < 0 || value > memlockNeededKib || node === undefined) continue;
    return failed(node, attempt.runMs - ncclBeforeMs, (who) =>
      ncclFailed(
        who,
        attempt,
        world,
        node,
        'misc/ibvwrap.cc:203',
        'Call to ibv_create_cq failed with error Cannot allocate memory',
        'transport/net_ib.cc:726',
      ),
    );
  }
  return null;
};

const memlockNeededKib = 4 * 2 ** 20;

/** NCCL's buffers between the GPUs of a node do not fit into a container's own /dev/shm. */
export const sharedMemory: LaunchFailure = ({ world, attempt }) => {
  const mib = ownShmMib(world, attempt);
  const node = world.nodes[attempt.nodes[0] ?? 0];
  if (mib === null || mib >= ncclMib || node === undefined) return null;
  return {
    ...failed(node, attempt.runMs - ncclBeforeMs, (who) => {
      const segment = `/dev/shm/nccl-${hexDigits(6, world.seed, 'shm-nccl', attempt.number, who.rank)}`;
      const reason = `Error while creating shared memory segment ${segment} (size ${ncclSegmentBytes}), error: No space left on device (28)`;
      return ncclFailed(who, attempt, world, node, 'misc/shmutils.cc:87', reason, 'transport/shm.cc:114');
    }),
    alike: 'job',
  };
};

/** What NCCL 2.22 and PyTorch 2.5 print when a communicator cannot be made. */
function ncclFailed(
  who: DyingRank,
  attempt: Attempt,
  world: World,
  node: WorldNode,
  from: string,
  reason: string,
  where: string,
): readonly string[] {
  const { host, rank, gpu } = who;
  const pid = trainerPid(attempt, world, node.index, gpu);
  const thread = `${host}:${pid}:${pid + 214} [${gpu}]`;
  const calls: readonly Call[] = [
    main,
    initialize,
    [`${python}/torch/distributed/distributed_c10d.py`, 4159, 'barrier', 'work = group.barrier(opts=opts)'],
  ];
  return [
    '',
    `${thread} ${from} NCCL WARN ${reason}`,
    `${thread} NCCL INFO ${where} -> 2`,
    `${thread} NCCL INFO transport.cc:33 -> 2`,
    `${thread} NCCL INFO init.cc:1268 -> 2`,
    `${thread} NCCL INFO group.cc:70 -> 2 [Async thread]`,
    ...ofRank(
      rank,
      traceback(
        calls,
        `torch.distributed.DistBackendError: NCCL error in: ../torch/csrc/distributed/c10d/ProcessGroupNCCL.cpp:3318, unhandled system error (run with NCCL_DEBUG=INFO for details), NCCL version 2.22.3\nncclSystemError: System call (e.g. socket, malloc) or external library call failed or device error. \nLast error:\n${reason}`,
      ),
    ),
  ];
}

function memberOf(world: World, attempt: Attempt, place: string): WorldNode | undefined {
  const node = findNode(world, place);
  return node !== undefined && attempt.nodes.includes(node.index) ? node : undefined;
}

/** All ranks of the node meet the same. */
function failed(node: WorldNode, atMs: number, lastWords: (who: DyingRank) => readonly string[]): RankDeath {
  return { atMs, node: node.index, gpu: 0, exitCode: 1, alike: 'node', slurmState: 'FAILED', lastWords };
}
