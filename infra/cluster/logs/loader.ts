import { integer, uniform } from '../noise.ts';
import { trainerPid } from '../physics/job.ts';
import { rankMemory, recycledAt, recycleShare, workersPerRank } from '../physics/memory.ts';
import { jobSize } from '../world.ts';
import type { LogLine } from './line.ts';
import type { RankScene } from './rank-sources/rank-source.ts';

/** The data loader of every rank opens a new shard now and then; less often in large jobs, to keep the volume level. */
export function loaderLines(scene: RankScene): readonly LogLine[] {
  const { timeline, life, rank, fromMs, toMs } = scene;
  const { world } = timeline;
  const slotMs = 10 * 60_000 * Math.max(1, jobSize(world) / 80);
  const lines: LogLine[] = [];
  for (let slot = Math.floor(fromMs / slotMs); slot * slotMs < toMs; slot += 1) {
    const atMs = slot * slotMs + uniform(world.seed, 'shard-at', rank, slot) * slotMs;
    const shard = String(integer(world.seed, 20_000, 'shard', rank, slot)).padStart(5, '0');
    const text = `INFO:pretrain.data.shards:[rank ${rank}] opened shard ${shard}, 0 samples skipped`;
    if (atMs >= life.attempt.runMs) lines.push({ atMs, text });
  }
  return [...lines, ...recycleLines(scene)].filter((line) => line.atMs < life.stoppedMs);
}

/** Workers are replaced before the job reaches the limit of its cgroup. */
function recycleLines({ timeline, life: { attempt }, node, gpu, rank, fromMs, toMs }: RankScene): readonly LogLine[] {
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
