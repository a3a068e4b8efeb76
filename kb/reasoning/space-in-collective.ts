import type { Finding } from '../../workflows/domain/finding.ts';
import { cutInCollective, namesPath } from '../detectors/sequences/no-space-in-collective.ts';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { derive } from './derive.ts';

const noSpace: FindingKind = {
  id: 'shm.no-space.at-collective',
  summary: 'Somebody tells of an error for want of space, no file is named, and the log ends in a collective',
  role: 'cause',
  weighs: { 'shm-too-small': 4.6, 'disk-full': -4 },
  source: 'https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/troubleshooting.html#shared-memory',
};

export const spaceKinds: readonly FindingKind[] = [noSpace];

/** The log stands in a collective, and what it ended with is told beside it: what a collective writes is shared memory. */
export function spaceInCollective(findings: readonly Finding[]): readonly Finding[] {
  const cut = findings.find(({ kind }) => kind === cutInCollective);
  const told = findings.filter(({ kind }) => spaceTold.has(kind));
  const [first] = told;
  if (cut === undefined || first === undefined || told.some(({ text }) => namesPath(text))) return [];
  return [derive(noSpace, 'job', cut, { text: `${cut.text.trim()}: ${first.text}` })];
}

const spaceTold: ReadonlySet<string> = new Set(['disk.full', 'seen.disk.full']);
