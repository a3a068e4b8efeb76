import { hexDigits, uniform } from '../../noise.ts';
import { rankStacks, type Frame, type RankStack } from '../../physics/rank-stacks.ts';
import { stacksOf } from '../../physics/stacks.ts';
import type { CommandContext } from '../command.ts';
import type { Trainer } from './trainer.ts';

/** What py-spy takes for one process: it reads the symbols of all its libraries. Assumed. */
const dumpMs = 250;

/**
 * `py-spy dump --pid PID --nonblocking` of py-spy 0.3.14, its first line as `wardround-job` passes it on. Layout:
 * NVIDIA/Megatron-LM issue 2422 and `print_trace` in py-spy's src/dump.rs. Trainers are
 * read one after the other, the last one now, so ranks that are in step are seen at different places of it.
 */
export function text(context: CommandContext, trainer: Trainer): string {
  const { world, timeline, node, nowMs } = context;
  const { gpu } = trainer;
  const late = uniform(world.seed, 'dump', node.index, gpu, Math.floor(nowMs / 1_000));
  const readMs = nowMs - dumpMs * (node.gpus.length - 1 - gpu + late);
  const stack = stacksOf(timeline, node, gpu, readMs) ?? rankStacks.starting;
  const threads = [thread(trainer.pid, 'MainThread', stack), ...helpers(context, trainer)];
  return `Process ${trainer.pid}: ***\nPython v3.10.12 (/usr/bin/python3.10)\n\n${threads.join('')}`;
}

/** Threads of the data loader and of logging, which every trainer has. */
function helpers({ world, node }: CommandContext, { pid, gpu, attempt }: Trainer): readonly string[] {
  const more = Number.parseInt(hexDigits(1, world.seed, 'thread', node.index, gpu, attempt.number), 16);
  return [
    thread(pid + 402 + more, 'Thread-1 (_pin_memory_loop)', idle(pinMemory)),
    thread(pid + 409 + more, 'QueueFeederThread', idle(feeder)),
  ];
}

function thread(tid: number, name: string, { active, frames }: Pick<RankStack, 'active' | 'frames'>): string {
  const lines = frames.map(([at, file, line]) => `    ${at} (${file}:${line})\n`);
  return `Thread ${tid} (${active ? 'active' : 'idle'}): "${name}"\n${lines.join('')}`;
}

function idle(frames: readonly Frame[]): Pick<RankStack, 'active' | 'frames'> {
  return { active: false, frames };
}

const bootstrap: readonly Frame[] = [
  ['run', 'threading.py', 953],
  ['_bootstrap_inner', 'threading.py', 1016],
  ['_bootstrap', 'threading.py', 973],
];
const pinMemory: readonly Frame[] = [
  ['select', 'selectors.py', 416],
  ['wait', 'multiprocessing/connection.py', 931],
  ['_poll', 'multiprocessing/connection.py', 424],
  ['poll', 'multiprocessing/connection.py', 257],
  ['get', 'multiprocessing/queues.py', 113],
  ['do_one_step', 'torch/utils/data/_utils/pin_memory.py', 35],
  ['_pin_memory_loop', 'torch/utils/data/_utils/pin_memory.py', 59],
  ...bootstrap,
];
const feeder: readonly Frame[] = [
  ['wait', 'threading.py', 320],
  ['_feed', 'multiprocessing/queues.py', 231],
  ...bootstrap,
];
