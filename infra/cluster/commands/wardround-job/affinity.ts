import { boundCpus } from '../../physics/task-binding.ts';
import type { CommandContext } from '../command.ts';
import type { Trainer } from './trainer.ts';

// Autograd, NCCL's proxies, pinning and OpenMP of a trainer; a little apart by GPU.
const threads = 412;

/** Three lines of `/proc/PID/status`. */
export function text({ timeline, node }: CommandContext, { attempt, gpu }: Trainer): string {
  const cpus = boundCpus(timeline.world, attempt, node, gpu);
  return `Cpus_allowed_list:\t${cpus}\nMems_allowed_list:\t0-1\nThreads:\t${threads + (gpu % 3)}\n`;
}
