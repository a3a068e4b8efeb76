import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';

/** As in NVIDIA/Megatron-LM issue 2422: the forked writer of an asynchronous checkpoint waits for a lock for ever. */
export const frameworkAsyncSaveDeadlock = defineFault({
  id: 'framework-async-save-deadlock',
  summary: 'an asynchronous checkpoint sometimes never ends, and the rank that wrote it waits for it for ever',
  categories: ['framework-bug'],
  place: 'job',
  // A race: up to so many checkpoints go well before one does not; assumed.
  ranges: { odds: { min: 1, max: 5, unit: 'checkpoints', integer: true, clear: 1 } },
  heals: 'a fixed release, or synchronous checkpoints; a restart helps until a checkpoint is unlucky again',
  causes: ({ job }, { odds }) => [setFact('job.async-save-race', job, true), setFact('job.async-save-odds', job, odds)],
});
