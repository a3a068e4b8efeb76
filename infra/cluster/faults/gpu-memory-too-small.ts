import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { resubmitted, undoneAndResubmitted } from './resubmitted.ts';

/** Somebody wanted fewer, larger kernels. */
export const gpuMemoryTooSmall = defineFault({
  id: 'gpu-memory-too-small',
  summary: 'the launch script asks for micro-batches that do not fit into the memory of a GPU',
  categories: ['gpu-oom'],
  place: 'job',
  ranges: { samples: { min: 2, max: 4, unit: 'samples', integer: true } },
  heals: 'its owner setting --micro-batch-size back and submitting the job again',
  causes: ({ job }, { samples }, { world }) => [
    setFact('job.argument', job, String(samples), { key: '--micro-batch-size' }),
    resubmitted(world, job),
  ],
  undo: undoneAndResubmitted,
});
