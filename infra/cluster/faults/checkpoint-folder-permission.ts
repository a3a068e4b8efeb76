import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { memberOfLargestJob } from './launched.ts';

/** Somebody restored a folder from a backup, as root. */
export const checkpointFolderPermission = defineFault({
  id: 'checkpoint-folder-permission',
  summary: 'the checkpoint folder of one node belongs to root, and the next checkpoint cannot be written',
  categories: ['permission-misconfig'],
  place: 'node',
  heals: 'giving the folder back to its user',
  draw: memberOfLargestJob,
  causes: ({ place }) => [setFact('storage.checkpoint-owner', place, 'root')],
});
