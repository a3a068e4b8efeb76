import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { memberOfLargestJob } from './launched.ts';

/** A malware scanner looks through /raid at full width. */
export const cpuHog = defineFault({
  id: 'cpu-hog',
  summary: 'a scanner keeps most cores of one node busy, and trainers wait for a core',
  categories: ['dataloader-stall'],
  place: 'node',
  onsets: [
    { shape: 'sudden' },
    {
      shape: 'intermittent',
      periodMs: { min: 180_000, max: 600_000, unit: 'ms' },
      onShare: { min: 0.4, max: 0.8, unit: 'share' },
    },
  ],
  ranges: { threads: { min: 190, max: 520, unit: 'threads', integer: true } },
  heals: 'ending the scanner, or giving it fewer cores',
  draw: memberOfLargestJob,
  causes: ({ place }, { threads }) => [setFact('host.cpu-hog-threads', place, threads)],
});
