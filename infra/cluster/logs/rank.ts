import { rankIn } from '../physics/job.ts';
import type { AttemptLife } from '../physics/lives.ts';
import { tearDownMs } from '../physics/next-phase.ts';
import type { Timeline } from '../physics/timeline.ts';
import type { WorldNode } from '../world.ts';
import { within, type LogLine } from './line.ts';
import { linkEventLines } from './link-lines.ts';
import { rankSources } from './rank-sources/index.ts';

/**
 * What the trainer on one GPU, and what shares its output, wrote from `fromMs` up to `toMs`: torchrun's agent writes
 * with the first GPU of its node, Slurm with the first rank.
 */
export function rankLines(
  cluster: Timeline,
  node: WorldNode,
  gpu: number,
  fromMs: number,
  toMs: number,
): readonly LogLine[] {
  const timeline = cluster.of(node);
  const lines = timeline
    .lives(toMs)
    .filter((life) => life.attempt.launchMs < toMs && overMs(life) >= fromMs)
    .flatMap((life) => {
      const rank = rankIn(life.attempt, timeline.world, node.index, gpu);
      if (rank === null) return [];
      const scene = { timeline, life, node, gpu, rank, fromMs, toMs };
      return rankSources.flatMap((source) => source(scene));
    });
  return within([...lines, ...linkEventLines(timeline, node, gpu, fromMs, toMs)], fromMs, toMs);
}

/** When nobody writes for this attempt any more. */
function overMs({ stoppedMs, hang, death }: AttemptLife): number {
  if (hang !== null && death === null) return Infinity;
  return (death === null ? stoppedMs : Math.max(stoppedMs, death.atMs)) + tearDownMs;
}
