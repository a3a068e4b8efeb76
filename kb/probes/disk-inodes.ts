import type { FindingKind } from '../schemas/finding-kind.ts';
import { dfProbe } from './df.ts';
import { unlikeSiblings } from './host-read.ts';

const source = 'https://www.gnu.org/software/coreutils/manual/html_node/df-invocation.html';

const full: FindingKind = {
  id: 'disk.inodes.full',
  summary: 'a file system has no inodes left',
  role: 'cause',
  weighs: { 'disk-full': 5 },
  source,
};
const nearlyFull: FindingKind = {
  id: 'disk.inodes.nearly-full',
  summary: 'a file system has nearly no inodes left',
  role: 'context',
  weighs: { 'disk-full': 1 },
  source,
};
const normal: FindingKind = {
  id: 'disk.inodes.enough',
  summary: 'every file system has inodes left',
  role: 'clean',
  weighs: { 'disk-full': -0.7 },
  source,
};

/** Inodes left on every file system. */
export const diskInodes = dfProbe({
  id: 'disk.inodes',
  summary: 'inodes left on every file system',
  question: 'Has a file system of the node run out of inodes?',
  flag: '-i',
  what: 'inodes',
  full,
  nearlyFull,
  normal,
  unlike: unlikeSiblings('disk.inodes', 'the share of free inodes', { 'disk-full': 0.5 }),
});
