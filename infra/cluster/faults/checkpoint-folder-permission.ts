import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { memberOfLargestJob } from './launched.ts';

/**
 * What keeps the user out: an owner (EACCES), or the attribute of `chattr +i` that a hardening script left, which keeps
 * everybody out (EPERM, ioctl_iflags(2)); the first is assumed to be the more frequent.
 */
const ways = ['root', 'immutable'] as const;

/** Somebody restored a folder from a backup, as root. */
export const checkpointFolderPermission = defineFault({
  id: 'checkpoint-folder-permission',
  summary:
    'the checkpoint folder of one node belongs to root or is immutable, and the next checkpoint cannot be written',
  categories: ['permission-misconfig'],
  place: 'node',
  ranges: { way: { min: 0, max: ways.length - 1, unit: 'index', integer: true, usual: [0, 0, 1], clear: 0 } },
  heals: 'giving the folder back to its user, or taking the attribute off',
  draw: memberOfLargestJob,
  causes: ({ place }, { way }) => [setFact('storage.checkpoint-owner', place, ways[way] ?? ways[0])],
});
