import type { World, WorldNode } from '../../world.ts';
import { rankIn, type Attempt, type DyingRank } from '../job.ts';
import { initialize, inMegatron, main, ofRank, python, traceback, type Call } from '../traceback.ts';

/** Before the first step: the process groups come first, communicators when all ranks are there (`logs/launch.ts`). */
export const bootstrapBeforeRunMs = 9_700;

/** How long a rank looks for the store of the rendezvous before it gives up: `--rdzv-conf timeout=30`. */
export const storeSeconds = 30;

const distributed = `${python}/torch/distributed`;

/** torchrun's agent could not reach the store: no trainer was started. */
export function storeFailure(error: string): readonly string[] {
  return traceback(
    [
      ['/usr/local/bin/torchrun', 8, '<module>', 'sys.exit(main())'],
      [`${distributed}/run.py`, 919, 'main', 'run(args)'],
      [`${distributed}/launcher/api.py`, 260, 'launch_agent', 'result = agent.run()'],
      [`${distributed}/elastic/agent/server/api.py`, 696, 'run', 'result = self._invoke_run(role)'],
      [`${distributed}/elastic/rendezvous/static_tcp_rendezvous.py`, 66, 'next_rendezvous', 'self._store = TCPStore('],
    ],
    `torch.distributed.DistNetworkError: ${error}`,
  );
}

const inGroups: readonly Call[] = [
  main,
  initialize,
  [inMegatron('megatron/training/initialize.py'), 62, 'initialize_megatron', 'finish_mpu_init()'],
  [inMegatron('megatron/training/initialize.py'), 213, '_compile_dependencies', 'torch.distributed.barrier()'],
  [`${distributed}/c10d_logger.py`, 83, 'wrapper', 'return func(*args, **kwargs)'],
  [`${distributed}/distributed_c10d.py`, 4159, 'barrier', 'work = group.barrier(opts=opts)'],
];

/** A communicator could not be made: `DistBackendError` as PyTorch 2.5 words it. */
export function backendFailure(
  { rank }: DyingRank,
  kind: 'ncclSystemError' | 'ncclRemoteError' | 'ncclInternalError',
  lastError: string,
): readonly string[] {
  const [summary, meaning] = kinds[kind];
  const error = [
    `torch.distributed.DistBackendError: NCCL error in: ../torch/csrc/distributed/c10d/NCCLUtils.hpp:317, ${summary}, NCCL version 2.22.3`,
    `${kind}: ${meaning}`,
    'Last error:',
    lastError,
  ].join('\n');
  return ofRank(rank, traceback(inGroups, error));
}

const kinds = {
  ncclSystemError: [
    'unhandled system error (run with NCCL_DEBUG=INFO for details)',
    'System call (e.g. socket, malloc) or external library call failed or device error. ',
  ],
  ncclRemoteError: [
    'remote process exited or there was a network error',
    'A call failed possibly due to a network error or a remote process exiting prematurely.',
  ],
  ncclInternalError: ['internal error - please report this issue to the NCCL developers', 'Internal check failed.'],
} as const;

/** The rank before a node in the ring of the bootstrap: it connects to the first rank of that node. */
export function rankBefore(
  world: World,
  attempt: Attempt,
  node: WorldNode,
): { readonly node: number; readonly gpu: number } | null {
  const place = attempt.nodes.indexOf(node.index);
  const before = attempt.nodes[(place + attempt.nodes.length - 1) % attempt.nodes.length];
  if (place < 0 || attempt.nodes.length < 2 || before === undefined) return null;
  return { node: before, gpu: world.gpusPerNode - 1 };
}

/** Port on which a rank waits for its neighbour. */
export function bootstrapPort(world: World, attempt: Attempt, node: WorldNode): number {
  return 41_000 + (((rankIn(attempt, world, node.index, 0) ?? 0) * 131 + attempt.number * 17) % 18_000);
}

/** `node-02:21040:21254 [7]` */
export function thread({ host, pid, gpu }: DyingRank): string {
  return `${host}:${pid}:${pid + 214} [${gpu}]`;
}
