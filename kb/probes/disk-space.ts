import type { FindingKind } from '../schemas/finding-kind.ts';
import { dfProbe } from './df.ts';
import { unlikeSiblings } from './host-read.ts';

const source = 'https://pubs.opengroup.org/onlinepubs/9799919799/utilities/df.html';

const full: FindingKind = {
  id: 'disk.space.full',
  summary: 'a file system has no blocks left',
  role: 'cause',
  weighs: { 'disk-full': 5 },
  source,
};
const nearlyFull: FindingKind = {
  id: 'disk.space.nearly-full',
  summary: 'a file system is nearly full',
  role: 'context',
  weighs: { 'disk-full': 1 },
  source,
};
const shm: FindingKind = {
  id: 'disk.space.shm-full',
  summary: '/dev/shm has no blocks left',
  role: 'cause',
  weighs: { 'shm-too-small': 4 },
  source,
};
const normal: FindingKind = {
  id: 'disk.space.enough',
  summary: 'every file system has blocks left',
  role: 'clean',
  weighs: { 'disk-full': -3, 'shm-too-small': -0.7 },
  source,
};

/** Blocks left on every file system. */
export const diskSpace = dfProbe({
  id: 'disk.space',
  summary: 'blocks left on every file system',
  question: 'Is a file system of the node full, or nearly so?',
  flag: '-k',
  what: 'blocks',
  full,
  nearlyFull,
  shm,
  normal,
  unlike: unlikeSiblings('disk.space', 'the share of free blocks', { 'disk-full': 0.5, 'shm-too-small': 0.2 }),
});
