import { integer } from './noise.ts';
import type { WorldJob, WorldShape } from './world.ts';

/** Cluster time between the start of the recorded past and the launch of the first job. */
const launchAfterMs = 20_000;

/** What runs on clusters of this kind: the first is there as soon as there is a job at all. */
const models: readonly Model[] = [
  { name: 'pretrain-13b', user: 'llmtrain', uid: 10_042, parameters: 13e9, firstIteration: 12_000, pipeline: 1 },
  { name: 'sft-7b', user: 'align', uid: 10_057, parameters: 7e9, firstIteration: 2_400, pipeline: 1 },
  { name: 'pretrain-34b', user: 'llmnext', uid: 10_063, parameters: 34e9, firstIteration: 840, pipeline: 2 },
  { name: 'ablation-3b', user: 'research', uid: 10_071, parameters: 3e9, firstIteration: 5_100, pipeline: 1 },
];

interface Model {
  readonly name: string;
  readonly user: string;
  readonly uid: number;
  readonly parameters: number;
  readonly firstIteration: number;
  /** Stages, where the number of nodes allows it. */
  readonly pipeline: number;
}

/** Shares of the nodes by the number of jobs; what is left over is spare. */
const shares: readonly (readonly number[])[] = [[], [1], [0.65, 0.3], [0.6, 0.25, 0.1], [0.5, 0.25, 0.12, 0.08]];
export const jobsMax = shares.length - 1;

/** One job below 16 nodes, three from there on. */
export function jobsByDefault(nodes: number): number {
  return nodes < 16 ? 1 : 3;
}

export function buildJobs(shape: WorldShape, historyFromMs: number): readonly WorldJob[] {
  const count = Math.min(shape.jobs ?? jobsByDefault(shape.nodes), shape.nodes, jobsMax);
  const sizes = (shares[count] ?? []).map((share) => Math.max(1, Math.floor(share * shape.nodes)));
  const used = sizes.reduce((sum, size) => sum + size, 0);
  const spare = range(used, shape.nodes);
  return sizes.map((size, at) => {
    const from = sizes.slice(0, at).reduce((sum, one) => sum + one, 0);
    // The largest job takes over what is spare.
    return buildJob(shape, at, range(from, from + size), at === 0 ? spare : [], historyFromMs);
  });
}

function buildJob(
  { seed, gpusPerNode }: WorldShape,
  at: number,
  nodes: readonly number[],
  spare: readonly number[],
  historyFromMs: number,
): WorldJob {
  const model = models[at];
  if (model === undefined) throw new Error(`there are ${models.length} jobs at most`);
  const { name, user, uid, parameters, firstIteration } = model;
  const pipelineParallel = nodes.length % model.pipeline === 0 ? model.pipeline : 1;
  return {
    name,
    slurmId: 41_200 + integer(seed, 5_000, 'slurm-job') + 17 * at,
    user,
    uid,
    framework: 'megatron-lm',
    nodes,
    partition: [...nodes, ...spare],
    partitionName: at === 0 ? 'train' : `train-${at + 1}`,
    rendezvousPort: 29_500 + at,
    startMs: historyFromMs + launchAfterMs + 10_000 * at,
    firstIteration,
    trainIterations: 500_000,
    tensorParallel: gpusPerNode,
    pipelineParallel,
    dataParallel: nodes.length / pipelineParallel,
    // About the same work for every GPU in a step, whatever the model.
    globalBatch: Math.max(1, Math.round((32 * 13e9) / parameters)) * nodes.length,
    sequenceTokens: 4096,
    parameters,
  };
}

/** In a cluster without work: a job that is never submitted. */
export const noJob: WorldJob = {
  name: 'none',
  slurmId: 0,
  user: 'nobody',
  uid: 65_534,
  framework: 'none',
  nodes: [],
  partition: [],
  partitionName: 'none',
  rendezvousPort: 29_500,
  startMs: Infinity,
  firstIteration: 0,
  trainIterations: 1,
  tensorParallel: 1,
  pipelineParallel: 1,
  dataParallel: 1,
  globalBatch: 1,
  sequenceTokens: 1,
  parameters: 1,
};

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, at) => from + at);
}
