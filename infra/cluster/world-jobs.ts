import { integer } from './noise.ts';
import { healthyStepMs, parametersOf, type ModelShape } from './physics/training-time.ts';
import type { WorldJob, WorldShape } from './world.ts';

/** Cluster time between the start of the recorded past and the launch of the first job. */
const launchAfterMs = 20_000;

/**
 * What runs on clusters of this kind: the first is there as soon as there is a job at all. Shapes are those of GPT-3's
 * family (heads of 128, a feed-forward block of four times the width, GPT-2's vocabulary of 50,257 padded to a multiple
 * of 128 for each of eight tensor ranks); GPT-3 13B has 40 layers of 5,140.
 */
const models: readonly Model[] = [
  {
    name: 'pretrain-13b',
    user: 'llmtrain',
    uid: 10_042,
    model: gpt(40, 5_120),
    firstIteration: 12_000,
    pipeline: 1,
    sequencesPerNode: 24,
  },
  {
    name: 'sft-7b',
    user: 'align',
    uid: 10_057,
    model: gpt(32, 4_096),
    firstIteration: 2_400,
    pipeline: 1,
    sequencesPerNode: 40,
  },
  {
    name: 'pretrain-34b',
    user: 'llmnext',
    uid: 10_063,
    model: gpt(56, 7_168),
    firstIteration: 840,
    pipeline: 2,
    sequencesPerNode: 12,
  },
  {
    name: 'ablation-3b',
    user: 'research',
    uid: 10_071,
    model: gpt(24, 3_072),
    firstIteration: 5_100,
    pipeline: 1,
    sequencesPerNode: 80,
  },
];

interface Model {
  readonly name: string;
  readonly user: string;
  readonly uid: number;
  readonly model: ModelShape;
  readonly firstIteration: number;
  /** Stages, where the number of nodes allows it. */
  readonly pipeline: number;
  /** Of the global batch, with eight GPUs a node: some seconds of work for every GPU, whatever the model. */
  readonly sequencesPerNode: number;
}

function gpt(layers: number, hidden: number): ModelShape {
  return { layers, hidden, ffn: 4 * hidden, heads: hidden / 128, vocab: 51_200, sequence: 4_096 };
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
  const known = models[at];
  if (known === undefined) throw new Error(`there are ${models.length} jobs at most`);
  const { name, user, uid, model, firstIteration } = known;
  const pipelineParallel = nodes.length % known.pipeline === 0 ? known.pipeline : 1;
  const layout = {
    tensorParallel: gpusPerNode,
    pipelineParallel,
    dataParallel: nodes.length / pipelineParallel,
    microBatch: 1,
    globalBatch: Math.max(1, Math.round((known.sequencesPerNode * gpusPerNode) / 8)) * nodes.length,
  };
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
    ...layout,
    sequenceTokens: model.sequence,
    model,
    parameters: parametersOf(model),
    healthyStepMs: healthyStepMs(model, layout),
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
  microBatch: 1,
  globalBatch: 1,
  sequenceTokens: 1,
  model: { layers: 1, hidden: 1, ffn: 1, heads: 1, vocab: 1, sequence: 1 },
  parameters: 1,
  healthyStepMs: 1,
};

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, at) => from + at);
}
