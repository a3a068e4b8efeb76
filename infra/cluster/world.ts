import { hexDigits, integer, spread } from './noise.ts';

/** Everything about the cluster that never changes: a function of seed, name and size. */
export interface World {
  readonly seed: number;
  readonly cluster: string;
  readonly gpusPerNode: number;
  readonly nodes: readonly WorldNode[];
  readonly job: WorldJob;
  /** Where the recorded past begins; nothing exists before it. */
  readonly historyFromMs: number;
}

export interface WorldNode {
  readonly index: number;
  readonly name: string;
  readonly leaf: string;
  readonly rack: string;
  readonly powerUnit: string;
  readonly bmc: string;
  readonly managementIp: string;
  readonly bootMs: number;
  readonly gpus: readonly WorldGpu[];
  readonly hcas: readonly WorldHca[];
}

export interface WorldGpu {
  readonly index: number;
  readonly uuid: string;
  /** As `nvidia-smi` prints it: `00000000:07:00.0`. */
  readonly busId: string;
  readonly serial: string;
  /** Silicon and airflow differ a little from board to board: a factor on power, degrees on temperature. */
  readonly powerFactor: number;
  readonly warmerC: number;
  readonly pid: number;
}

export interface WorldHca {
  readonly name: string;
  readonly guid: string;
  readonly lid: number;
}

export interface WorldJob {
  readonly name: string;
  readonly slurmId: number;
  readonly startMs: number;
  /** Iteration of the checkpoint that it resumed from. */
  readonly firstIteration: number;
  readonly trainIterations: number;
  readonly tensorParallel: number;
  readonly dataParallel: number;
  readonly globalBatch: number;
  readonly sequenceTokens: number;
  readonly parameters: number;
}

export interface WorldShape {
  readonly seed: number;
  readonly cluster: string;
  readonly nodes: number;
  readonly gpusPerNode: number;
}

/** Cluster time between the start of the recorded past and the launch of the job. */
const launchAfterMs = 20_000;
const day = 24 * 3_600_000;

export function buildWorld(shape: WorldShape, historyFromMs: number): World {
  const digits = Math.max(2, String(shape.nodes).length);
  const nodes = Array.from({ length: shape.nodes }, (_, index) => buildNode(shape, index, digits, historyFromMs));
  return {
    seed: shape.seed,
    cluster: shape.cluster,
    gpusPerNode: shape.gpusPerNode,
    nodes,
    historyFromMs,
    job: {
      name: 'pretrain-13b',
      slurmId: 41_200 + integer(shape.seed, 5_000, 'slurm-job'),
      startMs: historyFromMs + launchAfterMs,
      firstIteration: 12_000,
      trainIterations: 500_000,
      tensorParallel: shape.gpusPerNode,
      dataParallel: shape.nodes,
      globalBatch: 32 * shape.nodes,
      sequenceTokens: 4096,
      parameters: 13e9,
    },
  };
}

/** Global rank of a GPU: node by node, as torchrun places them. */
export function rankOf(world: World, node: number, gpu: number): number {
  return node * world.gpusPerNode + gpu;
}

export function worldSize(world: World): number {
  return world.nodes.length * world.gpusPerNode;
}

export function findNode(world: World, name: string): WorldNode | undefined {
  return world.nodes.find((node) => node.name === name);
}

function buildNode(shape: WorldShape, index: number, digits: number, historyFromMs: number): WorldNode {
  const { seed } = shape;
  const name = `node-${String(index + 1).padStart(digits, '0')}`;
  const group = (size: number) => String(Math.floor(index / size) + 1).padStart(2, '0');
  return {
    index,
    name,
    leaf: `leaf-${group(8)}`,
    rack: `rack-${group(4)}`,
    powerUnit: `pdu-${group(2)}`,
    bmc: `bmc-${name}`,
    managementIp: `10.64.${Math.floor(index / 250)}.${(index % 250) + 1}`,
    bootMs: Math.floor(historyFromMs - 9 * day - integer(seed, 8 * day, 'boot', index)),
    gpus: Array.from({ length: shape.gpusPerNode }, (_, gpu) => buildGpu(seed, index, gpu)),
    hcas: Array.from({ length: 4 }, (_, hca) => ({
      name: `mlx5_${hca}`,
      guid: `b8cef603${hexDigits(8, seed, 'hca', index, hca)}`,
      lid: 10 + index * 4 + hca,
    })),
  };
}

// PCI buses of the eight SXM4 boards in an HGX A100 baseboard behind four PCIe switches, as `lspci` lists them there.
const buses = ['07', '0f', '47', '4e', '87', '90', 'b7', 'bd'];

function buildGpu(seed: number, node: number, index: number): WorldGpu {
  const id = hexDigits(32, seed, 'gpu-uuid', node, index);
  const uuid = [id.slice(0, 8), id.slice(8, 12), id.slice(12, 16), id.slice(16, 20), id.slice(20)].join('-');
  return {
    index,
    uuid: `GPU-${uuid}`,
    busId: `00000000:${(buses[index] ?? '00').toUpperCase()}:00.0`,
    serial: `132${String(integer(seed, 1e10, 'serial', node, index)).padStart(10, '0')}`,
    powerFactor: 1 + 0.03 * spread(seed, 'power-factor', node, index),
    warmerC: 3 * spread(seed, 'airflow', node, index),
    pid: 21_000 + index * 37 + integer(seed, 30, 'pid', node, index),
  };
}
