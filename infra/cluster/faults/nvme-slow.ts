import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { inStretches } from './rhythms.ts';

/** The drive under /raid has used up its spare blocks and rewrites what it reads. */
export const nvmeSlow = defineFault({
  id: 'nvme-slow',
  summary: 'the drive of /raid on one node is worn out and takes many times longer for a request',
  categories: ['host-hardware-fault'],
  place: 'node',
  onsets: [inStretches, { shape: 'sudden' }, { shape: 'creeping', rampMs: { min: 300_000, max: 900_000, unit: 'ms' } }],
  ranges: { factor: { min: 12, max: 45, unit: 'factor' } },
  heals: 'another drive',
  causes: ({ place }, { factor }) => [setFact('storage.nvme-slowdown', place, factor, { key: 'nvme1n1' })],
});
