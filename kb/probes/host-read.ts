import { z } from 'zod';
import type { KnownCategory } from '../taxonomy.ts';
import type { FindingKind } from '../schemas/finding-kind.ts';

const noArgs = z.object({});
export type NoArgs = z.infer<typeof noArgs>;

/** What reads of a host's own counters and tables have in common: any user may do them, and no job notices. */
export const hostRead = {
  platform: 'nvidia-linux',
  side: 'supply',
  privilege: 'user',
  impact: 'passive',
  timeoutMs: 15_000,
  args: noArgs,
} as const;

/** The kind of a figure that the other nodes do not share at the same moment; it says where, hardly what. */
export function unlikeSiblings(
  area: string,
  what: string,
  weighs: Readonly<Partial<Record<KnownCategory, number>>>,
): FindingKind {
  return {
    id: `${area}.unlike-siblings`,
    summary: `${what} of this node is unlike that of the others at the same moment`,
    role: 'symptom',
    weighs,
    source: 'our judgement: nodes of one job are built and loaded alike, so the one that differs is looked at first',
  };
}
