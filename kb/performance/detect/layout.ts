import type { TrainingRun } from '../../schemas/training-run.ts';

/** Where a rank runs and which part of the model it holds. Ranks alike in `stage` and `tensor` do the same work. */
export interface PlacedRank {
  readonly rank: number;
  readonly node: string;
  readonly gpu: number;
  /** Pipeline stage and tensor-parallel index, from 0. */
  readonly stage: number;
  readonly tensor: number;
}

export interface JobLayout {
  readonly ranks: readonly PlacedRank[];
  readonly stages: number;
}

interface Placement {
  readonly rank: number;
  readonly node: string;
  readonly gpu: number;
}

/**
 * Megatron's order of ranks: tensor index fastest, then context, data, and pipeline stage slowest
 * (https://github.com/NVIDIA/Megatron-LM/blob/main/megatron/core/parallel_state.py, order `tp-cp-ep-dp-pp`). DeepSpeed's
 * grid and torchtitan's mesh put the stage outermost and the tensor index innermost too. Where the sizes do not divide
 * the ranks, all of them count as alike.
 */
export function layoutOf(ranks: readonly Placement[], training: Pick<TrainingRun, 'tp' | 'pp'> | undefined): JobLayout {
  const tensors = training?.tp ?? 1;
  const stages = training?.pp ?? 1;
  const divides = ranks.length % (tensors * stages) === 0;
  const perStage = divides ? ranks.length / stages : ranks.length;
  return {
    stages: divides ? stages : 1,
    ranks: ranks.map(({ rank, node, gpu }) => ({
      rank,
      node,
      gpu,
      stage: Math.min(divides ? stages - 1 : 0, Math.floor(rank / perStage)),
      tensor: divides ? rank % tensors : 0,
    })),
  };
}
