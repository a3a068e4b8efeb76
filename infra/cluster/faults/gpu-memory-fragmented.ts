import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';

/** Batches of changing length leave blocks behind that fit nothing else. */
export const gpuMemoryFragmented = defineFault({
  id: 'gpu-memory-fragmented',
  summary:
    'changing shapes fragment the memory of all GPUs until an allocation fails with gigabytes reserved and unused',
  categories: ['gpu-oom'],
  place: 'job',
  ranges: { mibPerMinute: { min: 900, max: 2_600, unit: 'MiB/min' } },
  heals: 'its owner setting PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True, or padding; a restart helps for a while',
  causes: ({ job }, { mibPerMinute }) => [setFact('job.allocator-churn', job, mibPerMinute)],
});
