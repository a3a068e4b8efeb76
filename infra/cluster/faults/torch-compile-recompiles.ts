import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { inStretches } from './rhythms.ts';

/** Batches are not padded any more, and every new shape makes torch compile the layers again. */
export const torchCompileRecompiles = defineFault({
  id: 'torch-compile-recompiles',
  summary: 'changing shapes make torch.compile compile again and again: GPUs idle while all ranks compile',
  categories: ['dataloader-stall'],
  place: 'job',
  onsets: [inStretches, { shape: 'sudden' }, { shape: 'creeping', rampMs: { min: 120_000, max: 480_000, unit: 'ms' } }],
  ranges: { compileMs: { min: 2_500, max: 12_000, unit: 'ms' } },
  heals: 'its owner padding to few lengths, or compiling with dynamic shapes',
  causes: ({ job }, { compileMs }) => [setFact('job.recompile-ms', job, compileMs)],
});
