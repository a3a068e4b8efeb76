import { z } from 'zod';

const noArgs = z.object({});

/** What reads of the trainers of a node have in common; `wardround-job` reads what belongs to other users. */
export const jobRead = {
  platform: 'nvidia-linux',
  side: 'demand',
  privilege: 'root',
  impact: 'passive',
  // The script looks through all processes for those with a rank.
  costMs: 600,
  timeoutMs: 40_000,
  outputBytesMax: 2 * 1024 * 1024,
  args: noArgs,
} as const;

export type NoArgs = z.infer<typeof noArgs>;

export function jobCommand(verb: string): () => readonly string[] {
  return () => ['sudo', '-n', 'wardround-job', verb];
}
