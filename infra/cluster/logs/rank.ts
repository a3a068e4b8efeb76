import { integer, uniform } from '../noise.ts';
import type { Timeline } from '../physics/timeline.ts';
import { worldSize, type World, type WorldNode } from '../world.ts';
import { launchLines, launchMs } from './launch.ts';
import { within, type LogLine } from './line.ts';
import { checkpointLines, iterationLines } from './megatron.ts';

// Longest time after the job's start at which a line of the launch is written.
const launchTailMs = 15_000;

/** What one rank wrote from `fromMs` up to `toMs`. */
export function rankLines(
  timeline: Timeline,
  node: WorldNode,
  gpu: number,
  fromMs: number,
  toMs: number,
): readonly LogLine[] {
  const { world } = timeline;
  const { startMs } = world.job;
  const rank = node.index * world.gpusPerNode + gpu;
  const launching = toMs > startMs - launchMs && fromMs < startMs + launchTailMs;
  const lines = [
    ...(launching ? launchLines(world, node, gpu) : []),
    ...loaderLines(world, rank, fromMs, toMs),
    ...(rank === worldSize(world) - 1 ? iterationLines(timeline, fromMs, toMs) : []),
    ...(rank === 0 ? checkpointLines(timeline, fromMs, toMs) : []),
  ];
  return within(lines, fromMs, toMs);
}

/** The data loader of every rank opens a new shard now and then; less often in large jobs, to keep the volume level. */
function loaderLines(world: World, rank: number, fromMs: number, toMs: number): readonly LogLine[] {
  const slotMs = 10 * 60_000 * Math.max(1, worldSize(world) / 80);
  const lines: LogLine[] = [];
  for (let slot = Math.floor(fromMs / slotMs); slot * slotMs < toMs; slot += 1) {
    const atMs = slot * slotMs + uniform(world.seed, 'shard-at', rank, slot) * slotMs;
    const shard = String(integer(world.seed, 20_000, 'shard', rank, slot)).padStart(5, '0');
    const text = `INFO:pretrain.data.shards:[rank ${rank}] opened shard ${shard}, 0 samples skipped`;
    if (atMs >= world.job.startMs) lines.push({ atMs, text });
  }
  return lines;
}
