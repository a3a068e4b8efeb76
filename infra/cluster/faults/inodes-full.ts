import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';

/**
 * A tokenizer cache on /raid writes a file for every document, and nobody deletes any: more than the 750 million that XFS
 * lets a file system of this size have (`imaxpct` of mkfs.xfs), as corpora have billions of documents (FineWeb, arXiv:2406.17557).
 */
export const inodesFull = defineFault({
  id: 'inodes-full',
  summary: 'small files use up the inodes of /raid on one node until a checkpoint cannot make its files',
  categories: ['disk-full'],
  place: 'node',
  onsets: [{ shape: 'creeping', rampMs: { min: 120_000, max: 480_000, unit: 'ms' } }],
  ranges: { millions: { min: 760, max: 1_500, unit: 'million files' } },
  heals: 'deleting the small files; moving old checkpoints away frees too few',
  causes: ({ place }, { millions }) => [setFact('storage.stray-files', place, Math.round(1e6 * millions))],
});
