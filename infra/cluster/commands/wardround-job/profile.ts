import { integer } from '../../noise.ts';
import { rankStacks, type Frame } from '../../physics/rank-stacks.ts';
import { stacksThrough } from '../../physics/stacks.ts';
import type { CommandContext } from '../command.ts';
import { trainingFrames } from './training-frames.ts';
import type { Trainer } from './trainer.ts';

// `--rate 50`
const samplesPerSecond = 50;

/**
 * What `py-spy record --duration S --rate 50 --format raw` writes of the seconds up to now: folded stacks, outermost
 * first. Without `--idle` it takes no samples of threads that sleep, so a rank that waits for data has few.
 */
export function text(context: CommandContext, trainer: Trainer, seconds = 5): string {
  const { timeline, node, nowMs, world } = context;
  const fromMs = nowMs - 1000 * seconds;
  const names = stacksThrough(timeline, node, trainer.gpu, fromMs, seconds * samplesPerSecond, 1000 / samplesPerSecond);
  const start = integer(world.seed, 1_000, 'profile', node.index, trainer.gpu, Math.floor(nowMs / 1000));
  const stacks = new Map<readonly Frame[], number>();
  for (const [at, name] of names.entries()) {
    const stack = name === null ? rankStacks.starting : rankStacks[name];
    if (!stack.active) continue;
    // Where in the model a sample falls follows no clock; a stride that is prime to 1,000 spreads them evenly.
    const frames = name === 'training' ? trainingFrames((start + at * 377) % 1_000) : stack.frames;
    stacks.set(frames, (stacks.get(frames) ?? 0) + 1);
  }
  return [...stacks].map(([frames, count]) => `${folded(frames)} ${count}\n`).join('');
}

function folded(frames: readonly Frame[]): string {
  return frames
    .toReversed()
    .map(([name, file, line]) => `${name} (${file}:${line})`)
    .join(';');
}
