import type { CommandContext } from '../command.ts';
import { onNodeClock } from '../node-clock.ts';
import { trainersOn } from './trainer.ts';

/** torchrun starts its workers so long after itself. */
const afterLaunchMs = 2_000;

/** One line a trainer, under a line of names. */
export function list(context: CommandContext): string {
  const { world } = context.timeline;
  const trainers = trainersOn(context);
  const lines = trainers.map(({ pid, rank, gpu, attempt }) => {
    const size = attempt.nodes.length * world.gpusPerNode;
    const started = Math.floor(onNodeClock(context, attempt.launchMs + afterLaunchMs) / 1000);
    return `${pid} ${rank} ${gpu} ${size} ${world.job.user} ${started} pt_main_thread\n`;
  });
  return `pid rank local_rank world_size user started comm\n${lines.join('')}== end trainers=${trainers.length}\n`;
}
