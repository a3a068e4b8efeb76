import { batchMib, fits, fragmentedFullMs } from '../device-memory.ts';
import type { DyingRank, RankDeath, StopCause, StopQuestion } from '../job.ts';
import { atLaunch } from '../launch-state.ts';
import { inMegatron, ofRank, python, toForwardStep, traceback } from '../traceback.ts';

// Into the first forward pass.
const firstForwardMs = 3_100;

/** A trainer that asks its GPU for more memory than there is: at once with too large a batch, or after blocks have filled it. */
export const gpuOutOfMemory: StopCause = (question) => {
  const deaths = [tooLarge(question), fragmented(question)].filter((death) => death !== null);
  return deaths.toSorted((a, b) => a.atMs - b.atMs)[0] ?? null;
};

/** Every rank has the same sizes. */
function tooLarge({ world, attempt }: StopQuestion): RankDeath | null {
  if (fits(batchMib(world, attempt))) return null;
  const size = atLaunch(world, attempt, { fact: 'job.argument', place: world.job.name, key: '--micro-batch-size' });
  // Of the linear layer into the feed-forward part: tokens * samples * 4 * 5,120 / 8 * 2 bytes, and its activation.
  const asked = `${(0.625 * Number(size) * 2).toFixed(2)} GiB`;
  return {
    atMs: attempt.runMs + firstForwardMs,
    node: attempt.nodes[0] ?? 0,
    gpu: 0,
    exitCode: 1,
    alike: 'job',
    slurmState: 'FAILED',
    lastWords: (who) =>
      lastWords(who, { asked, free: '612.31 MiB', inUse: 78.54, allocated: 76.91, unused: '214.86 MiB' }),
  };
}

/** The rank with the least room is the first. */
function fragmented({ world, settings, attempt, fromMs }: StopQuestion): RankDeath | null {
  let first: { readonly atMs: number; readonly node: number; readonly gpu: number } | null = null;
  for (const node of attempt.nodes.slice(0, nodesMax))
    for (let gpu = 0; gpu < world.gpusPerNode; gpu += 1) {
      const atMs = fragmentedFullMs(world, settings, attempt, fromMs, { node, gpu });
      if (atMs === Infinity) return null;
      if (first === null || atMs < first.atMs) first = { atMs, node, gpu };
    }
  if (first === null) return null;
  return {
    ...first,
    exitCode: 1,
    slurmState: 'FAILED',
    lastWords: (who) =>
      lastWords(who, { asked: '1.88 GiB', free: '1.21 GiB', inUse: 77.93, allocated: 61.72, unused: '14.66 GiB' }),
  };
}

// All ranks allocate alike; looking at some of a large job is enough.
const nodesMax = 16;

interface Room {
  readonly asked: string;
  readonly free: string;
  /** GiB */
  readonly inUse: number;
  readonly allocated: number;
  readonly unused: string;
}

/** `OutOfMemoryError` of CUDACachingAllocator.cpp in torch 2.5. */
function lastWords({ rank, gpu }: DyingRank, { asked, free, inUse, allocated, unused }: Room): readonly string[] {
  return ofRank(
    rank,
    traceback(
      [
        ...toForwardStep,
        [
          inMegatron('megatron/core/transformer/mlp.py'),
          89,
          'forward',
          'intermediate_parallel, bias_parallel = self.linear_fc1(hidden_states)',
        ],
        [`${python}/torch/nn/modules/module.py`, 1747, '_call_impl', 'return forward_call(*args, **kwargs)'],
        [
          inMegatron('megatron/core/tensor_parallel/layers.py'),
          941,
          'forward',
          'output_parallel = self._forward_impl(',
        ],
      ],
      `torch.OutOfMemoryError: CUDA out of memory. Tried to allocate ${asked}. GPU ${gpu} has a total capacity of 79.15 GiB of which ${free} is free. Including non-PyTorch memory, this process has ${inUse.toFixed(2)} GiB memory in use. Of the allocated memory ${allocated.toFixed(2)} GiB is allocated by PyTorch, and ${unused} is reserved by PyTorch but unallocated. If reserved but unallocated memory is large try setting PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True to avoid fragmentation.  See documentation for Memory Management  (https://pytorch.org/docs/stable/notes/cuda.html#environment-variables)`,
    ),
  );
}
