import { activeAttempt, rankIn, trainerPid, type Attempt } from '../../physics/job.ts';
import { rankMemory } from '../../physics/memory.ts';
import type { CommandContext } from '../command.ts';

/** The process of one rank on a node. */
export interface Trainer {
  readonly pid: number;
  /** Global rank. */
  readonly rank: number;
  /** Index of its GPU, and its local rank. */
  readonly gpu: number;
  readonly attempt: Attempt;
}

/** The trainers that live on the node now, by ascending pid. */
export function trainersOn({ timeline, node, nowMs }: CommandContext): readonly Trainer[] {
  const { world } = timeline;
  const attempt = activeAttempt(timeline.segmentAt(nowMs).phase);
  if (attempt === null) return [];
  return node.gpus
    .flatMap(({ index }) => {
      const rank = rankIn(attempt, world, node.index, index);
      if (rank === null || rankMemory(timeline, node, index, nowMs) === null) return [];
      return [{ pid: trainerPid(attempt, world, node.index, index), rank, gpu: index, attempt }];
    })
    .toSorted((a, b) => a.pid - b.pid);
}
