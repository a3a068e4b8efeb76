import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';

/** A tokenizer cache on /raid writes a file for every document, and nobody deletes any. */
export const inodesFull = defineFault({
  id: 'inodes-full',
  summary: 'small files use up the inodes of /raid on one node until a checkpoint cannot make its files',
  categories: ['disk-full'],
  place: 'node',
  onsets: [{ shape: 'creeping', rampMs: { min: 120_000, max: 480_000, unit: 'ms' } }],
  heals: 'deleting the small files; moving old checkpoints away frees too few',
  causes: ({ place }) => [setFact('storage.stray-files', place, 800_000_000)],
});
