import { findNode } from '../../world.ts';
import type { DyingRank } from '../job.ts';
import { allAtLaunch } from '../launch-state.ts';
import { inMegatron, initialize, main, ofRank, python, traceback } from '../traceback.ts';
import type { LaunchFailure } from './launch-failure.ts';

// After "Init START", before "Init COMPLETE".
const beforeRunMs = 9_000;

/**
 * A mask that shows a node's ranks fewer GPUs than there are ranks: `rank % device_count` binds two of them to one GPU,
 * and NCCL finds that out when they tell each other their bus ids (`initTransportsRank` of NCCL 2.22.3).
 */
export const twoRanksOneGpu: LaunchFailure = ({ world, attempt }) => {
  for (const { place, value } of allAtLaunch(world, attempt, 'job.device-mask')) {
    const node = findNode(world, place);
    const seen = value.split(',').length;
    if (node === undefined || !attempt.nodes.includes(node.index) || seen >= world.gpusPerNode) continue;
    const lastWords = ({ host, rank, gpu, pid }: DyingRank) => {
      const other = rank - gpu + ((gpu + seen) % world.gpusPerNode);
      const bus = (node.gpus[gpu % seen]?.busId ?? '').slice(9, 11).toLowerCase().replace(/^0/, '');
      const duplicate = `Duplicate GPU detected : rank ${rank} and rank ${other} both on CUDA device ${bus}000`;
      return [
        '',
        `${host}:${pid}:${pid + 214} [${gpu % seen}] init.cc:943 NCCL WARN ${duplicate}`,
        `${host}:${pid}:${pid + 214} [${gpu % seen}] NCCL INFO init.cc:1501 -> 5`,
        `${host}:${pid}:${pid + 214} [${gpu % seen}] NCCL INFO group.cc:64 -> 5 [Async thread]`,
        ...ncclFailure(rank, 'invalid usage (run with NCCL_DEBUG=WARN for details)', '2.22.3', [
          'ncclInvalidUsage: This usually reflects invalid usage of NCCL library.',
          duplicate,
        ]),
      ];
    };
    return {
      atMs: attempt.runMs - beforeRunMs,
      node: node.index,
      gpu: 0,
      exitCode: 1,
      alike: 'node',
      slurmState: 'FAILED',
      lastWords,
    };
  }
  return null;
};

/** What torch 2.5 makes of an error when the first communicator is made. */
export function ncclFailure(
  rank: number,
  kind: string,
  version: string,
  [meaning, last]: readonly [string, string],
): readonly string[] {
  return ofRank(
    rank,
    traceback(
      [
        main,
        initialize,
        [inMegatron('megatron/training/initialize.py'), 92, 'initialize_megatron', '_compile_dependencies()'],
        [inMegatron('megatron/training/initialize.py'), 154, '_compile_dependencies', 'torch.distributed.barrier()'],
        [`${python}/torch/distributed/c10d_logger.py`, 83, 'wrapper', 'return func(*args, **kwargs)'],
        [`${python}/torch/distributed/distributed_c10d.py`, 4159, 'barrier', 'work = group.barrier(opts=opts)'],
      ],
      `torch.distributed.DistBackendError: NCCL error in: ../torch/csrc/distributed/c10d/NCCLUtils.hpp:317, ${kind}, NCCL version ${version}\n${meaning}\nLast error:\n${last}`,
    ),
  );
}
