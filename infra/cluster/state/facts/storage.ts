import type { FactKind } from './kind.ts';

/** Causes in file systems and disks. */
export const storageFacts = [
  {
    name: 'storage.lustre-slowdown',
    place: 'cluster',
    healthy: 1,
    unit: 'factor',
    summary: 'how much longer requests to the shared file system take',
    clearedBy: [],
  },
  {
    name: 'storage.mount',
    place: 'node',
    healthy: 'mounted',
    key: 'mount point',
    summary: 'state of a file system on a node: mounted, missing, read-only, stale',
    clearedBy: ['reboot'],
  },
  {
    name: 'storage.nvme-slowdown',
    place: 'node',
    healthy: 1,
    unit: 'factor',
    key: 'device',
    summary: 'how much longer requests to a drive take that is worn out',
    clearedBy: ['node-replaced'],
  },
  {
    name: 'storage.stray-files',
    place: 'node',
    healthy: 0,
    unit: 'files',
    summary: 'small files on /raid that nobody deletes',
    clearedBy: [],
  },
  {
    name: 'storage.checkpoint-owner',
    place: 'node',
    healthy: 'user',
    summary:
      'who may write to the checkpoint folder on /raid: the user of the job, its owner root, or nobody (immutable)',
    clearedBy: [],
  },
] as const satisfies readonly FactKind[];
