import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';

/** A callback asks for a full collection when it has kept too much, on every rank at a time of its own. */
export const pythonGcPauses = defineFault({
  id: 'python-gc-pauses',
  summary: 'full garbage collections of Python stop one rank after the other, and all wait for each of them',
  categories: ['dataloader-stall'],
  place: 'job',
  onsets: [
    {
      shape: 'intermittent',
      periodMs: { min: 40_000, max: 90_000, unit: 'ms' },
      onShare: { min: 0.6, max: 0.9, unit: 'share' },
    },
  ],
  ranges: { pauseMs: { min: 1_500, max: 6_000, unit: 'ms' } },
  heals: 'its owner collecting on all ranks at the same step, or not at all',
  causes: ({ job }, { pauseMs }) => [setFact('job.gc-pause-ms', job, pauseMs)],
});
