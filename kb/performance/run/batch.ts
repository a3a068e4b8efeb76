import type { TrainingRun } from '../../schemas/training-run.ts';
import { memoryGib } from '../model/memory.ts';
import { stepSeconds } from '../model/step.ts';
import { assume, refuse, type Notes } from './notes.ts';
import type { Recompute, ResolvedRun } from './resolved-run.ts';

type Batch = Pick<ResolvedRun, 'globalBatch' | 'microBatch' | 'microBatches' | 'recompute'>;
type WithoutBatch = Omit<ResolvedRun, keyof Batch>;

// Memory that the estimate may fill before recompute is taken for granted. Frameworks since 2022 free early what the
// estimate still counts; those before recomputed wherever memory was short.
const recomputeShare = { classic: 1, eager: 1.25, fused: 1.25 } as const;
// The same where the micro-batch is to be chosen: fragmentation takes the rest.
const microBatchShare = 0.95;
const microBatchAssumedMax = 64;

/** Batch sizes and recompute. What is missing is what an engineer would have chosen: the fastest that fits in memory. */
export function resolveBatch(run: TrainingRun, known: WithoutBatch, notes: Notes): Batch | undefined {
  const globalBatch = resolveGlobalBatch(run, known, notes);
  if (globalBatch === undefined) return undefined;
  if (globalBatch % known.dp !== 0) {
    refuse(notes, 'global_batch', `${globalBatch} sequences do not spread evenly over dp ${known.dp}`);
    return undefined;
  }
  const perReplica = globalBatch / known.dp;
  if (run.micro_batch && perReplica % run.micro_batch !== 0) {
    const reason = `${globalBatch} is not a multiple of dp ${known.dp} times micro-batch ${run.micro_batch}`;
    refuse(notes, 'global_batch', reason);
    return undefined;
  }
  const batch = (microBatch: number, recompute: Recompute): Batch => ({
    globalBatch,
    microBatch,
    microBatches: perReplica / microBatch,
    recompute,
  });
  const stated = run.recompute ?? undefined;
  if (run.micro_batch && stated) return batch(run.micro_batch, stated);
  const microBatches = run.micro_batch ? [run.micro_batch] : powersOfTwo(perReplica);
  const candidates = microBatches.map((microBatch) =>
    batch(microBatch, stated ?? leastRecompute(known, (recompute) => batch(microBatch, recompute))),
  );
  const chosen = fastestThatFits(known, candidates);
  if (!run.micro_batch)
    assume(notes, 'micro_batch', chosen.microBatch, 'the power of two that fits in memory and is predicted fastest');
  if (!stated) assume(notes, 'recompute', chosen.recompute, 'the least that fits in memory');
  return chosen;
}

function resolveGlobalBatch(run: TrainingRun, known: WithoutBatch, notes: Notes): number | undefined {
  if (run.global_batch) return run.global_batch;
  if (run.micro_batch && known.pp === 1)
    return assume(notes, 'global_batch', known.dp * run.micro_batch, 'one micro-batch a step without a pipeline');
  refuse(notes, 'global_batch', 'missing');
  return undefined;
}

function powersOfTwo(perReplica: number): readonly number[] {
  const sizes: number[] = [];
  for (let size = 1; size <= microBatchAssumedMax && perReplica % size === 0; size *= 2) sizes.push(size);
  return sizes;
}

const fits = (run: ResolvedRun, share: number): boolean => memoryGib(run) <= share * run.gpu.memoryGib;

function leastRecompute(known: WithoutBatch, batchOf: (recompute: Recompute) => Batch): Recompute {
  // Recomputing attention alone came with sequence parallel (arXiv:2205.05198), and saves nothing where no score
  // matrix is kept.
  const selective = known.sequenceParallel && !known.flashAttention;
  const share = recomputeShare[known.software.kernels];
  const choices: readonly Recompute[] = selective ? ['none', 'selective', 'full'] : ['none', 'full'];
  return choices.find((recompute) => fits({ ...known, ...batchOf(recompute) }, share)) ?? 'full';
}

function fastestThatFits(known: WithoutBatch, candidates: readonly Batch[]): Batch {
  const fitting = candidates.filter((batch) => fits({ ...known, ...batch }, microBatchShare));
  // Where the estimate finds no room the run ran all the same: then with the smallest.
  const [first, ...others] = fitting.length > 0 ? fitting : candidates.slice(0, 1);
  if (first === undefined) throw new Error('a replica takes at least one sequence');
  const seconds = (batch: Batch): number => stepSeconds({ ...known, ...batch }).seconds;
  return others.reduce((best, batch) => (seconds(batch) < seconds(best) ? batch : best), first);
}
