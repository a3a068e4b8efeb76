import { hexDigits, integer } from '../noise.ts';
import { agentPid, rankIn, trainerPid, type Attempt } from '../physics/job.ts';
import { isWithoutPeers, ncclSetting, ncclVersion } from '../physics/nccl-settings.ts';
import type { World, WorldHca, WorldNode } from '../world.ts';
import { layoutOf } from '../physics/attempt-layout.ts';
import { argumentLines } from './arguments.ts';
import type { LogLine } from './line.ts';
import { ncclNetwork } from './nccl-network.ts';

// Distances to the first step: model and data are loaded before, communicators are made when all ranks are there.
const beforeFirstStepMs = { groups: 12_000, nccl: 10_000, connect: 8_600, reading: 7_000, checkpoint: 3_000 };

/**
 * What a rank prints while an attempt starts: torchrun's banner, NCCL's INFO lines, Megatron's set-up. NCCL lists the
 * HCAs whose ports are `open`.
 */
export function launchLines(
  world: World,
  attempt: Attempt,
  node: WorldNode,
  gpu: number,
  open: readonly WorldHca[],
): readonly LogLine[] {
  const rank = rankIn(attempt, world, node.index, gpu);
  if (rank === null) return [];
  const late = integer(world.seed, 400, 'launch', ...again(attempt), rank);
  const at =
    (ms: number) =>
    (text: string): LogLine => ({ atMs: ms + late, text });
  const { launchMs, runMs } = attempt;
  return [
    ...(gpu === 0 ? torchrunBanner(world, attempt, node).map(at(launchMs)) : []),
    ...(rank === 0 ? parallelism(world, attempt).map(at(runMs - beforeFirstStepMs.groups)) : []),
    ...ncclLines(world, attempt, node, gpu, rank, open).map((text, line) =>
      at(runMs - beforeFirstStepMs.nccl + line * 50)(text),
    ),
    ...connectedLines(world, attempt, node, gpu, rank).map((text, line) =>
      at(runMs - beforeFirstStepMs.connect + line * 90)(text),
    ),
    ...(rank === 0 ? [at(runMs - beforeFirstStepMs.reading)(checkpointBegun(world, attempt))] : []),
    ...(rank === 0 ? checkpointLoaded(world, attempt).map(at(runMs - beforeFirstStepMs.checkpoint)) : []),
    ...(rank < world.job.tensorParallel ? [at(runMs + 9_000)(memoryReport(world, attempt, rank))] : []),
  ];
}

/** A key more for every attempt but the first. */
function again(attempt: Attempt): readonly number[] {
  return attempt.number === 0 ? [] : [attempt.number];
}

function torchrunBanner(world: World, attempt: Attempt, node: WorldNode): readonly string[] {
  const head = `${torchStamp('W', attempt.launchMs)} ${agentPid(attempt, world, node.index)} torch/distributed/run.py:793]`;
  const stars = '*'.repeat(41);
  return [
    `${head} `,
    `${head} ${stars}`,
    `${head} Setting OMP_NUM_THREADS environment variable for each process to be 1 in default, to avoid your system being overloaded, please further tune the variable for optimal performance in your application as needed. `,
    `${head} ${stars}`,
  ];
}

/** `W1121 03:12:59.123000`: glog's level, date and time as torch prints them. */
export function torchStamp(level: 'W' | 'E' | 'I', ms: number): string {
  const stamp = new Date(ms).toISOString();
  return `${level}${stamp.slice(5, 7)}${stamp.slice(8, 10)} ${stamp.slice(11, 23)}000`;
}

function parallelism(world: World, attempt: Attempt): readonly string[] {
  const { tensorParallel, globalBatch, microBatch, model } = world.job;
  const { pipelineParallel, dataParallel, globalBatch: kept } = layoutOf(world, attempt);
  return [
    `using world size: ${attempt.nodes.length * world.gpusPerNode}, data-parallel size: ${dataParallel}, context-parallel size: 1, tensor-model-parallel size: ${tensorParallel}, pipeline-model-parallel size: ${pipelineParallel}`,
    'using torch.bfloat16 for parameters ...',
    ...argumentLines(world, attempt),
    ...(kept === globalBatch
      ? []
      : [
          `decreasing batch size from ${globalBatch} to ${kept} to keep divisibility by micro_batch_size(${microBatch}) * data_parallel_size(${dataParallel}) = ${microBatch * dataParallel}`,
        ]),
    `INFO:megatron.core.num_microbatches_calculator:setting number of microbatches to constant ${kept / dataParallel / microBatch}`,
    '> building GPT2BPETokenizer tokenizer ...',
    ` > padded vocab (size: 50257) with ${model.vocab - 50_257} dummy tokens (new size: ${model.vocab})`,
    '> initializing torch distributed ...',
    `> initialized tensor model parallel with size ${tensorParallel}`,
    `> initialized pipeline model parallel with size ${pipelineParallel}`,
    '> setting random seeds to 1234 ...',
  ];
}

/** NCCL 2.22 with NCCL_DEBUG=INFO: `host:pid:tid [cudaDev] NCCL INFO …`. */
function ncclLines(
  world: World,
  attempt: Attempt,
  node: WorldNode,
  gpu: number,
  rank: number,
  open: readonly WorldHca[],
): readonly string[] {
  const pid = trainerPid(attempt, world, node.index, gpu);
  const main = `${node.name}:${pid}:${pid} [${gpu}] NCCL INFO`;
  const worker = `${node.name}:${pid}:${pid + 214} [${gpu}] NCCL INFO`;
  const network = ncclNetwork(world, attempt, node, open);
  return [
    `${main} NCCL_SOCKET_IFNAME set by environment to ${network.socket.split(':')[0]}`,
    `${main} Bootstrap : Using ${network.socket}`,
    `${main} cudaDriverVersion 12040`,
    `${main} NCCL version ${ncclVersion(world, attempt, node)}+cuda12.4`,
    ...network.lines.map((line) => `${worker} ${line}`),
    `${worker} ${initialization(world, attempt, node, gpu, rank)} - Init START`,
  ];
}

/** `ncclCommInitRank …`, as the first and the last line of a communicator's set-up name it. */
function initialization(world: World, attempt: Attempt, node: WorldNode, gpu: number, rank: number): string {
  const { seed } = world;
  const ranks = attempt.nodes.length * world.gpusPerNode;
  const bus = node.gpus[gpu]?.busId.slice(9, 11).toLowerCase().replace(/^0/, '') ?? '0';
  return `ncclCommInitRank comm ${communicatorOf(world, attempt, rank)} rank ${rank} nranks ${ranks} cudaDev ${gpu} nvmlDev ${gpu} busId ${bus}000 commId 0x${hexDigits(16, seed, 'comm-id', ...again(attempt))}`;
}

function communicatorOf({ seed }: World, attempt: Attempt, rank: number): string {
  return `0x55${hexDigits(10, seed, 'comm', ...again(attempt), rank)}`;
}

/** After all ranks have told each other what they are: rings and channels. */
function connectedLines(world: World, attempt: Attempt, node: WorldNode, gpu: number, rank: number): readonly string[] {
  const pid = trainerPid(attempt, world, node.index, gpu);
  const worker = `${node.name}:${pid}:${pid + 214} [${gpu}] NCCL INFO`;
  const ranks = attempt.nodes.length * world.gpusPerNode;
  const communicator = communicatorOf(world, attempt, rank);
  const previous = (rank + ranks - world.gpusPerNode) % ranks;
  const next = (rank + world.gpusPerNode) % ranks;
  const told = ncclSetting(world, attempt, node, 'NCCL_MAX_NCHANNELS');
  const channels = told === '' ? 16 : Number(told);
  const setting = (name: string) => ncclSetting(world, attempt, node, name);
  const withoutPeers = isWithoutPeers(setting);
  const level = setting('NCCL_P2P_LEVEL');
  const local = rank - gpu + ((gpu + 1) % world.gpusPerNode);
  return [
    ...(setting('NCCL_P2P_DISABLE') === '1' ? [`${worker} NCCL_P2P_DISABLE set by environment to 1`] : []),
    ...(level === '' ? [] : [`${worker} NCCL_P2P_LEVEL set by environment to ${level}`]),
    ...(told === '' ? [] : [`${worker} NCCL_MAX_NCHANNELS set by environment to ${told}.`]),
    `${worker} NVLS multicast support is not available on dev ${gpu}`,
    `${worker} comm ${communicator} rank ${rank} nRanks ${ranks} nNodes ${attempt.nodes.length} localRanks ${world.gpusPerNode} localRank ${gpu} MNNVL 0`,
    `${worker} Trees [0] ${next}/-1/-1->${rank}->${previous} [1] ${next}/-1/-1->${rank}->${previous}`,
    `${worker} P2P Chunksize set to 131072`,
    `${worker} threadThresholds 8/8/64 | ${ranks * 8}/8/64 | 512 | 512`,
    `${worker} ${channels} coll channels, ${channels} collnet channels, 0 nvls channels, ${channels} p2p channels, 2 p2p channels per peer`,
    `${worker} ${initialization(world, attempt, node, gpu, rank)} - Init COMPLETE`,
    `${worker} Channel 00/0 : ${rank}[${gpu}] -> ${local}[${local % world.gpusPerNode}] via ${withoutPeers ? 'SHM/direct/direct' : 'P2P/CUMEM'}`,
    `${worker} Connected all rings`,
    `${worker} Connected all trees`,
  ];
}

function checkpointBegun(world: World, { fromIteration }: Attempt): string {
  return ` loading distributed checkpoint from /lustre/ckpt/${world.job.name} at iteration ${fromIteration}`;
}

function checkpointLoaded(world: World, attempt: Attempt): readonly string[] {
  const { name, tensorParallel } = world.job;
  const { fromIteration } = attempt;
  const { pipelineParallel } = layoutOf(world, attempt);
  return [
    `  successfully loaded checkpoint from /lustre/ckpt/${name} [ t 1/${tensorParallel}, p 1/${pipelineParallel} ] at iteration ${fromIteration}`,
    '(min, max) time across ranks (ms):',
    '    load-checkpoint ................................: (6120.44, 6123.91)',
    'training ...',
  ];
}

function memoryReport(world: World, attempt: Attempt, rank: number): string {
  const used = 44_000 + integer(world.seed, 300, 'allocated', ...again(attempt), rank);
  return `[Rank ${rank}] (after ${attempt.fromIteration + 1} iterations) memory (MB) | allocated: ${used}.40 | max allocated: ${used + 16_204}.18 | reserved: ${used + 20_116}.0 | max reserved: ${used + 20_116}.0`;
}
