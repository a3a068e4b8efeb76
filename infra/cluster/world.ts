import { hexDigits, integer, spread } from './noise.ts';
import type { ModelShape } from './physics/training-time.ts';
import { buildJobs, noJob } from './world-jobs.ts';

/** Everything about the cluster that never changes: a function of seed, name and size. */
export interface World {
  readonly seed: number;
  readonly cluster: string;
  readonly gpusPerNode: number;
  readonly nodes: readonly WorldNode[];
  readonly racks: readonly string[];
  readonly powerUnits: readonly string[];
  readonly switches: readonly WorldSwitch[];
  readonly management: WorldManagement;
  /** Largest first; none in a cluster without work. */
  readonly jobs: readonly WorldJob[];
  /** The job that this view of the world is about: that of a timeline, else the first one. */
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

/** A leaf of eight nodes, or a spine that connects the leaves. */
export interface WorldSwitch {
  readonly name: string;
  readonly kind: 'leaf' | 'spine';
  readonly guid: string;
  readonly lid: number;
  /** Indexes of the nodes that are connected to it. */
  readonly nodes: readonly number[];
}

/** The host from which management controllers and switches are asked. */
export interface WorldManagement {
  readonly name: string;
  readonly address: string;
}

export interface WorldJob {
  readonly name: string;
  readonly slurmId: number;
  readonly user: string;
  readonly uid: number;
  readonly framework: string;
  /** Indexes of the nodes that it was launched on, in the order of their ranks. */
  readonly nodes: readonly number[];
  /** Indexes of the nodes that the scheduler may give it: its own, then spare ones. */
  readonly partition: readonly number[];
  readonly partitionName: string;
  /** `MASTER_PORT`; the address is that of its first node. */
  readonly rendezvousPort: number;
  readonly startMs: number;
  /** Iteration of the checkpoint that it resumed from. */
  readonly firstIteration: number;
  readonly trainIterations: number;
  readonly tensorParallel: number;
  readonly pipelineParallel: number;
  readonly dataParallel: number;
  readonly microBatch: number;
  readonly globalBatch: number;
  readonly sequenceTokens: number;
  readonly model: ModelShape;
  readonly parameters: number;
  /** What a step takes on all of its nodes when nothing is wrong. */
  readonly healthyStepMs: number;
}

export interface WorldShape {
  readonly seed: number;
  readonly cluster: string;
  readonly nodes: number;
  readonly gpusPerNode: number;
  /** As many jobs; without it as many as `jobsOf` gives a cluster of this size. */
  readonly jobs?: number;
}

const day = 24 * 3_600_000;
const nodesPerLeaf = 8;
const nodesPerRack = 4;
const nodesPerPowerUnit = 2;

export function buildWorld(shape: WorldShape, historyFromMs: number): World {
  const digits = Math.max(2, String(shape.nodes).length);
  const nodes = Array.from({ length: shape.nodes }, (_, index) => buildNode(shape, index, digits, historyFromMs));
  const jobs = buildJobs(shape, historyFromMs);
  return {
    seed: shape.seed,
    cluster: shape.cluster,
    gpusPerNode: shape.gpusPerNode,
    nodes,
    racks: unique(nodes.map((node) => node.rack)),
    powerUnits: unique(nodes.map((node) => node.powerUnit)),
    switches: buildSwitches(shape, nodes),
    management: { name: 'mgmt-01', address: '10.64.255.1' },
    historyFromMs,
    jobs,
    job: jobs[0] ?? noJob,
  };
}

/** The world as one of its jobs sees it. */
export function viewOf(world: World, job: WorldJob): World {
  return { ...world, job };
}

/** All GPUs of the cluster. */
export function worldSize(world: World): number {
  return world.nodes.length * world.gpusPerNode;
}

/** GPUs of the job at its full size. */
export function jobSize(world: World): number {
  return world.job.nodes.length * world.gpusPerNode;
}

/** The job that a node belongs to, spare ones by their partition; undefined in a cluster without jobs. */
export function jobOfNode(world: World, node: number): WorldJob | undefined {
  return world.jobs.find((job) => job.nodes.includes(node)) ?? world.jobs.find((job) => job.partition.includes(node));
}

export function findNode(world: World, name: string): WorldNode | undefined {
  let index = indexes.get(world.nodes);
  if (index === undefined) {
    index = new Map(world.nodes.map((node) => [node.name, node]));
    indexes.set(world.nodes, index);
  }
  return index.get(name);
}

// Views of one world share its nodes.
const indexes = new WeakMap<readonly WorldNode[], ReadonlyMap<string, WorldNode>>();

function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names)];
}

function buildSwitches({ seed }: WorldShape, nodes: readonly WorldNode[]): readonly WorldSwitch[] {
  const leaves = [...Map.groupBy(nodes, (node) => node.leaf)];
  // A spine for every four leaves, two at least, and one where there is nothing to connect.
  const spines = leaves.length === 1 ? 1 : Math.max(2, Math.ceil(leaves.length / 4));
  const lidFrom = 10 + 4 * nodes.length;
  const built = (name: string, kind: WorldSwitch['kind'], at: number, members: readonly WorldNode[]): WorldSwitch => ({
    name,
    kind,
    guid: `b8cef603${hexDigits(8, seed, 'switch', name)}`,
    lid: lidFrom + at,
    nodes: members.map((node) => node.index),
  });
  return [
    ...leaves.map(([name, members], at) => built(name, 'leaf', at, members)),
    ...Array.from({ length: spines }, (_, at) =>
      built(`spine-${String(at + 1).padStart(2, '0')}`, 'spine', leaves.length + at, []),
    ),
  ];
}

function buildNode(shape: WorldShape, index: number, digits: number, historyFromMs: number): WorldNode {
  const { seed } = shape;
  const name = `node-${String(index + 1).padStart(digits, '0')}`;
  const group = (size: number) => String(Math.floor(index / size) + 1).padStart(2, '0');
  return {
    index,
    name,
    leaf: `leaf-${group(nodesPerLeaf)}`,
    rack: `rack-${group(nodesPerRack)}`,
    powerUnit: `pdu-${group(nodesPerPowerUnit)}`,
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
