import { uniform } from '../../noise.ts';
import { rankStacks, type Frame } from '../../physics/rank-stacks.ts';
import { stacksThrough } from '../../physics/stacks.ts';
import type { CommandContext } from '../command.ts';
import type { Trainer } from './trainer.ts';

// `--rate 50`
const samplesPerSecond = 50;
/** py-spy is started for all trainers at once; by how much one may begin before the other. Assumed. */
const apartMs = 600;

/**
 * What `py-spy record --idle --duration S --rate 50 --format raw` writes of the main thread in the seconds up to now:
 * folded stacks, outermost first. Without `--idle` py-spy leaves out samples whose innermost frame is a wait for a lock
 * or a socket, so that a rank without data would look like one that only computes.
 */
export function text(context: CommandContext, trainer: Trainer, seconds = 5): string {
  const { world, timeline, node, nowMs } = context;
  const early = uniform(world.seed, 'profile', node.index, trainer.gpu, Math.floor(nowMs / 1_000));
  const fromMs = nowMs - 1_000 * seconds - apartMs * early;
  const names = stacksThrough(timeline, node, trainer.gpu, fromMs, seconds * samplesPerSecond, 1000 / samplesPerSecond);
  const samples = new Map<readonly Frame[], number>();
  for (const name of names) {
    const { frames } = name === null ? rankStacks.starting : rankStacks[name];
    samples.set(frames, (samples.get(frames) ?? 0) + 1);
  }
  return [...samples].map(([frames, count]) => `${folded(frames)} ${count}\n`).join('');
}

function folded(frames: readonly Frame[]): string {
  return frames
    .toReversed()
    .map(([name, file, line]) => `${name} (${file}:${line})`)
    .join(';');
}
