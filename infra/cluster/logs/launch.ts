import { hexDigits, integer } from '../noise.ts';
import { worldSize, type World, type WorldNode } from '../world.ts';
import type { LogLine } from './line.ts';

/** Cluster time from the first line of the launch to the first step. */
export const launchMs = 18_000;

/** What a rank prints while the job starts: torchrun's banner, NCCL's INFO lines, Megatron's set-up. */
export function launchLines(world: World, node: WorldNode, gpu: number): readonly LogLine[] {
  const rank = node.index * world.gpusPerNode + gpu;
  const launch = world.job.startMs - launchMs;
  const late = integer(world.seed, 400, 'launch', rank);
  const at =
    (ms: number) =>
    (text: string): LogLine => ({ atMs: launch + ms + late, text });
  return [
    ...(gpu === 0 ? torchrunBanner(world, node).map(at(0)) : []),
    ...(rank === 0 ? parallelism(world).map(at(6_000)) : []),
    ...ncclLines(world, node, gpu, rank).map((text, line) => at(8_000 + line * 90)(text)),
    ...(rank === 0 ? checkpointLoaded(world).map(at(15_000)) : []),
    ...(rank < world.job.tensorParallel ? [at(launchMs + 9_000)(memoryReport(world, rank))] : []),
  ];
}

function torchrunBanner(world: World, node: WorldNode): readonly string[] {
  const stamp = new Date(world.job.startMs - launchMs).toISOString();
  const head = `W${stamp.slice(5, 7)}${stamp.slice(8, 10)} ${stamp.slice(11, 23)}000 ${node.gpus[0]?.pid ?? 4242} torch/distributed/run.py:793]`;
  const stars = '*'.repeat(41);
  return [
    `${head} `,
    `${head} ${stars}`,
    `${head} Setting OMP_NUM_THREADS environment variable for each process to be 1 in default, to avoid your system being overloaded, please further tune the variable for optimal performance in your application as needed. `,
    `${head} ${stars}`,
  ];
}

function parallelism(world: World): readonly string[] {
  const { tensorParallel, dataParallel } = world.job;
  return [
    `using world size: ${worldSize(world)}, data-parallel size: ${dataParallel}, context-parallel size: 1, tensor-model-parallel size: ${tensorParallel}, pipeline-model-parallel size: 1`,
    '> initializing torch distributed ...',
    `> initialized tensor model parallel with size ${tensorParallel}`,
    '> initialized pipeline model parallel with size 1',
    '> setting random seeds to 1234 ...',
  ];
}

/** NCCL 2.22 with NCCL_DEBUG=INFO: `host:pid:tid [cudaDev] NCCL INFO …`. */
function ncclLines(world: World, node: WorldNode, gpu: number, rank: number): readonly string[] {
  const { seed } = world;
  const pid = node.gpus[gpu]?.pid ?? 0;
  const ranks = worldSize(world);
  const main = `${node.name}:${pid}:${pid} [${gpu}] NCCL INFO`;
  const worker = `${node.name}:${pid}:${pid + 214} [${gpu}] NCCL INFO`;
  const bus = node.gpus[gpu]?.busId.slice(9, 11).toLowerCase().replace(/^0/, '') ?? '0';
  const communicator = `0x55${hexDigits(10, seed, 'comm', rank)}`;
  const init = `ncclCommInitRank comm ${communicator} rank ${rank} nranks ${ranks} cudaDev ${gpu} nvmlDev ${gpu} busId ${bus}000 commId 0x${hexDigits(16, seed, 'comm-id')}`;
  const interface_ = `bond0:${node.managementIp}<0>`;
  const hcas = node.hcas.map((hca, at) => `[${at}]${hca.name}:1/IB`).join(' ');
  const previous = (rank + ranks - world.gpusPerNode) % ranks;
  const next = (rank + world.gpusPerNode) % ranks;
  return [
    `${main} Bootstrap : Using ${interface_}`,
    `${main} cudaDriverVersion 12040`,
    `${main} NCCL version 2.22.3+cuda12.4`,
    `${worker} NET/Plugin: Could not find: libnccl-net.so. Using internal network plugin.`,
    `${worker} NET/IB : Using ${hcas} [RO]; OOB ${interface_}`,
    `${worker} Using network IB`,
    `${worker} ${init} - Init START`,
    `${worker} NVLS multicast support is not available on dev ${gpu}`,
    `${worker} comm ${communicator} rank ${rank} nRanks ${ranks} nNodes ${world.nodes.length} localRanks ${world.gpusPerNode} localRank ${gpu} MNNVL 0`,
    `${worker} Trees [0] ${next}/-1/-1->${rank}->${previous} [1] ${next}/-1/-1->${rank}->${previous}`,
    `${worker} P2P Chunksize set to 131072`,
    `${worker} threadThresholds 8/8/64 | ${ranks * 8}/8/64 | 512 | 512`,
    `${worker} 16 coll channels, 16 collnet channels, 0 nvls channels, 16 p2p channels, 2 p2p channels per peer`,
    `${worker} ${init} - Init COMPLETE`,
    `${worker} Connected all rings`,
    `${worker} Connected all trees`,
  ];
}

function checkpointLoaded(world: World): readonly string[] {
  const { name, firstIteration, tensorParallel } = world.job;
  return [
    ` loading distributed checkpoint from /lustre/ckpt/${name} at iteration ${firstIteration}`,
    `  successfully loaded checkpoint from /lustre/ckpt/${name} [ t 1/${tensorParallel}, p 1/1 ] at iteration ${firstIteration}`,
    '(min, max) time across ranks (ms):',
    '    load-checkpoint ................................: (6120.44, 6123.91)',
    'training ...',
  ];
}

function memoryReport(world: World, rank: number): string {
  const used = 44_000 + integer(world.seed, 300, 'allocated', rank);
  return `[Rank ${rank}] (after ${world.job.firstIteration + 1} iterations) memory (MB) | allocated: ${used}.40 | max allocated: ${used + 16_204}.18 | reserved: ${used + 20_116}.0 | max reserved: ${used + 20_116}.0`;
}
