import type { Attempt } from '../../physics/job.ts';
import { allAtLaunch, atLaunch } from '../../physics/launch-state.ts';
import { processesPerNode } from '../../physics/nccl-settings.ts';
import { runsOverInfiniband } from '../../physics/network/dead-ports.ts';
import { gidIndex, roceDevice } from '../../physics/network/roce.ts';
import type { World, WorldNode } from '../../world.ts';
import type { CommandContext } from '../command.ts';
import { hostList } from '../slurm/text.ts';
import { oldNcclFolder } from './library-paths.ts';
import type { Trainer } from './trainer.ts';

/** The settings in a trainer's environment that training depends on, sorted by name as `sort` does in the C locale. */
export function text(context: CommandContext, trainer: Trainer): string {
  return [...environmentOf(context, trainer)]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

/** What the image, Slurm, torchrun and the launch script set, each over the one before. */
function environmentOf(
  { timeline, node }: CommandContext,
  { attempt, rank, gpu }: Trainer,
): ReadonlyMap<string, string> {
  const { world } = timeline;
  const { job, gpusPerNode } = world;
  const place = Math.max(0, attempt.nodes.indexOf(node.index));
  const first = world.nodes[attempt.nodes[0] ?? -1]?.name ?? '';
  const perNode = processesPerNode(world, attempt);
  const mask = atLaunch(world, attempt, { fact: 'job.device-mask', place: node.name });
  const second = atLaunch(world, attempt, { fact: 'nccl.library', place: node.name });
  const values = new Map([
    ['CUDA_VERSION', '12.4.1'],
    ['LD_LIBRARY_PATH', `${second === '' ? '' : `${oldNcclFolder}:`}/usr/local/nvidia/lib:/usr/local/nvidia/lib64`],
    ['NVIDIA_DRIVER_CAPABILITIES', 'compute,utility'],
    ['NVIDIA_VISIBLE_DEVICES', 'all'],
    ['CUDA_VISIBLE_DEVICES', mask === '' ? Array.from({ length: gpusPerNode }, (_, at) => at).join(',') : mask],
    ['SLURM_CPUS_PER_TASK', '192'],
    ['SLURM_JOB_ID', String(job.slurmId)],
    ['SLURM_JOB_NODELIST', nodeListOf(world, attempt)],
    ['SLURM_LOCALID', '0'],
    ['SLURM_NODEID', String(place)],
    ['SLURM_NTASKS', String(attempt.nodes.length)],
    ['SLURM_PROCID', String(place)],
    ['GROUP_RANK', String(place)],
    ['LOCAL_RANK', String(gpu)],
    ['LOCAL_WORLD_SIZE', String(perNode)],
    ['MASTER_ADDR', first],
    ['MASTER_PORT', String(job.rendezvousPort)],
    ['OMP_NUM_THREADS', '1'],
    ['RANK', String(rank)],
    ['WORLD_SIZE', String(attempt.nodes.length * perNode)],
    ['CUDA_DEVICE_MAX_CONNECTIONS', '1'],
    ['NCCL_DEBUG', 'INFO'],
    ...ncclAdapters(world, attempt, node),
    ['NCCL_IB_TIMEOUT', '20'],
    ['TOKENIZERS_PARALLELISM', 'false'],
    ['TORCH_NCCL_ASYNC_ERROR_HANDLING', '1'],
    ['TORCH_NCCL_DESYNC_DEBUG', '1'],
  ]);
  for (const set of allAtLaunch(world, attempt, 'job.environment'))
    if (set.place === job.name) values.set(set.key ?? '', set.value);
  return values;
}

/** The launch script names the adapters; the interface of NCCL's sockets stands in every node's /etc/nccl.conf. */
function ncclAdapters(world: World, attempt: Attempt, node: WorldNode): readonly (readonly [string, string])[] {
  return runsOverInfiniband(world, attempt)
    ? [['NCCL_IB_HCA', node.hcas.map((hca) => hca.name).join(',')]]
    : [
        ['NCCL_IB_HCA', roceDevice],
        ['NCCL_IB_GID_INDEX', String(gidIndex)],
      ];
}

/** As Slurm writes the nodes of an attempt; worked out once for each, as large jobs have hundreds. */
function nodeListOf(world: World, { nodes }: Attempt): string {
  const known = nodeLists.get(nodes);
  if (known !== undefined) return known;
  const list = hostList(nodes.map((at) => world.nodes[at]?.name ?? ''));
  nodeLists.set(nodes, list);
  return list;
}

const nodeLists = new WeakMap<readonly number[], string>();
