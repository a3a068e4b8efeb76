import { integer, uniform } from '../noise.ts';
import { rankIn, trainerPid } from '../physics/job.ts';
import { rankMemory, recycledAt, recycleShare, workersPerRank } from '../physics/memory.ts';
import { connectMs, openHcas } from '../physics/rails.ts';
import { tearDownMs, type AttemptLife, type Timeline } from '../physics/timeline.ts';
import { worldSize, type WorldNode } from '../world.ts';
import { endingLines } from './ending.ts';
import { launchLines } from './launch.ts';
import { within, type LogLine } from './line.ts';
import { linkEventLines } from './link-lines.ts';
import { checkpointLines, iterationLines } from './megatron.ts';

// Longest time after the first step begins at which a line of the launch is written.
const launchTailMs = 15_000;

/**
 * What the trainer on one GPU, and what shares its output, wrote from `fromMs` up to `toMs`: torchrun's agent writes
 * with the first GPU of its node, Slurm with the first rank.
 */
export function rankLines(
  timeline: Timeline,
  node: WorldNode,
  gpu: number,
  fromMs: number,
  toMs: number,
): readonly LogLine[] {
  const { world } = timeline;
  const lines = timeline
    .lives()
    .filter((life) => life.attempt.launchMs < toMs && overMs(life) >= fromMs)
    .flatMap((life) => {
      const { attempt } = life;
      const rank = rankIn(attempt, world, node.index, gpu);
      if (rank === null) return [];
      const last = rank === attempt.nodes.length * world.gpusPerNode - 1;
      const launching = fromMs < attempt.runMs + launchTailMs;
      return [
        ...(launching
          ? before(
              launchLines(
                world,
                attempt,
                node,
                gpu,
                openHcas(timeline.segmentAt(connectMs(attempt)).settings, attempt, node),
              ),
              life.stoppedMs,
            )
          : []),
        ...loaderLines(timeline, life, node, gpu, rank, fromMs, toMs),
        ...(last ? iterationLines(timeline, life, fromMs, toMs) : []),
        ...(rank === 0 ? checkpointLines(timeline, life, fromMs, toMs) : []),
        ...(life.stoppedMs < toMs ? endingLines(timeline, life, node, gpu) : []),
      ];
    });
  return within([...lines, ...linkEventLines(timeline, node, gpu, fromMs, toMs)], fromMs, toMs);
}

/** When nobody writes for this attempt any more. */
function overMs({ stoppedMs }: AttemptLife): number {
  return stoppedMs + tearDownMs;
}

function before(lines: readonly LogLine[], stoppedMs: number): readonly LogLine[] {
  return lines.filter((line) => line.atMs < stoppedMs);
}

/** The data loader of every rank opens a new shard now and then; less often in large jobs, to keep the volume level. */
function loaderLines(
  timeline: Timeline,
  life: AttemptLife,
  node: WorldNode,
  gpu: number,
  rank: number,
  fromMs: number,
  toMs: number,
): readonly LogLine[] {
  const { world } = timeline;
  const slotMs = 10 * 60_000 * Math.max(1, worldSize(world) / 80);
  const lines: LogLine[] = [];
  for (let slot = Math.floor(fromMs / slotMs); slot * slotMs < toMs; slot += 1) {
    const atMs = slot * slotMs + uniform(world.seed, 'shard-at', rank, slot) * slotMs;
    const shard = String(integer(world.seed, 20_000, 'shard', rank, slot)).padStart(5, '0');
    const text = `INFO:pretrain.data.shards:[rank ${rank}] opened shard ${shard}, 0 samples skipped`;
    if (atMs >= life.attempt.runMs) lines.push({ atMs, text });
  }
  return before([...lines, ...recycleLines(timeline, life, node, gpu, rank, fromMs, toMs)], life.stoppedMs);
}

/** Workers are replaced before the job reaches the limit of its cgroup. */
function recycleLines(
  timeline: Timeline,
  { attempt }: AttemptLife,
  node: WorldNode,
  gpu: number,
  rank: number,
  fromMs: number,
  toMs: number,
): readonly LogLine[] {
  const { settings } = timeline.segmentAt(toMs);
  return recycledAt(settings, attempt, node, fromMs, toMs).map((atMs) => {
    const gib = (rankMemory(timeline, node, gpu, atMs - 1)?.workerKib ?? 0) / 2 ** 20;
    const share = Math.round(100 * recycleShare);
    const pid = trainerPid(attempt, timeline.world, node.index, gpu);
    return {
      atMs,
      text: `WARNING:pretrain.data.loader:[rank ${rank}] memory.current is above ${share} % of memory.max: restarted ${workersPerRank} loader workers of pid ${pid} (${gib.toFixed(1)} GiB each)`,
    };
  });
}
