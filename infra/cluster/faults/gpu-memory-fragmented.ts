import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { atOnce, buildingUp } from './rhythms.ts';

/** Batches of changing length leave blocks behind that fit nothing else: all of them, more and more, or those of one source. */
export const gpuMemoryFragmented = defineFault({
  id: 'gpu-memory-fragmented',
  summary:
    'changing shapes fragment the memory of all GPUs until an allocation fails with gigabytes reserved and unused',
  categories: ['gpu-oom'],
  place: 'job',
  onsets: [
    atOnce,
    buildingUp,
    {
      shape: 'intermittent',
      periodMs: { min: 120_000, max: 300_000, unit: 'ms' },
      onShare: { min: 0.65, max: 0.85, unit: 'share' },
    },
  ],
  ranges: { mibPerMinute: { min: 900, max: 2_600, unit: 'MiB/min' } },
  heals: 'its owner setting PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True, or padding; a restart helps for a while',
  causes: ({ job }, { mibPerMinute }) => [setFact('job.allocator-churn', job, mibPerMinute)],
});
