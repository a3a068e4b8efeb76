import { excerptCharsMax, type Finding } from '../../workflows/domain/finding.ts';
import { rank0Elsewhere } from '../probes/stack-kinds.ts';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { derive } from './derive.ts';
import { gaveUpSince } from './time-tells.ts';

const outlasted: FindingKind = {
  id: 'job.wait.outlasted-by-rank0',
  summary: 'Rank 0 was in work of its own while all others waited for it, and their time-out came first',
  role: 'cause',
  // Beside where its stack stood, which says what it was in.
  weighs: { 'long-rank0-work-timeout': 2, 'collective-mismatch': -1, 'uneven-data': -1 },
  source:
    'https://docs.pytorch.org/docs/stable/distributed.html#torch.distributed.init_process_group (timeout: the duration after which collectives will be aborted)',
};

export const waitKinds: readonly FindingKind[] = [outlasted];

/**
 * Its own stack alone is that of any evaluation; the time-out alone has any reason. One from before the alert ended an attempt
 * that nobody's stack was read of.
 */
export function outlastedWaits(findings: readonly Finding[], alertAtMs: number): readonly Finding[] {
  const away = findings.find(({ kind }) => kind === rank0Elsewhere.id);
  const gaveUp = findings
    .filter((finding) => gaveUpSince(finding, alertAtMs))
    .toSorted((a, b) => (a.atMs ?? 0) - (b.atMs ?? 0))[0];
  if (away === undefined || gaveUp === undefined) return [];
  return [
    derive(outlasted, 'rank0', gaveUp, {
      ...(gaveUp.atMs === undefined ? {} : { atMs: gaveUp.atMs }),
      text: `${away.text}; a rank that waited gave up: ${gaveUp.text}`.slice(0, excerptCharsMax),
    }),
  ];
}
