import { atLaunch } from '../../physics/launch-state.ts';
import type { CommandContext } from '../command.ts';
import type { Trainer } from './trainer.ts';

/** `/proc/PID/limits`. */
export function text({ timeline, node }: CommandContext, { attempt }: Trainer): string {
  const { world } = timeline;
  const memlockKib = atLaunch(world, attempt, { fact: 'host.memlock-kib', place: node.name });
  const nofile = String(atLaunch(world, attempt, { fact: 'host.nofile', place: node.name }));
  const memlock = memlockKib < 0 ? 'unlimited' : String(memlockKib * 1_024);
  const rows: readonly (readonly [string, string, string, string])[] = [
    ['Limit', 'Soft Limit', 'Hard Limit', 'Units'],
    ['Max cpu time', 'unlimited', 'unlimited', 'seconds'],
    ['Max file size', 'unlimited', 'unlimited', 'bytes'],
    ['Max data size', 'unlimited', 'unlimited', 'bytes'],
    ['Max stack size', '8388608', 'unlimited', 'bytes'],
    ['Max core file size', '0', '0', 'bytes'],
    ['Max resident set', 'unlimited', 'unlimited', 'bytes'],
    ['Max processes', '4125834', '4125834', 'processes'],
    ['Max open files', nofile, nofile, 'files'],
    ['Max locked memory', memlock, memlock, 'bytes'],
    ['Max address space', 'unlimited', 'unlimited', 'bytes'],
    ['Max file locks', 'unlimited', 'unlimited', 'locks'],
    ['Max pending signals', '4125834', '4125834', 'signals'],
    ['Max msgqueue size', '819200', '819200', 'bytes'],
    ['Max nice priority', '0', '0', ''],
    ['Max realtime priority', '0', '0', ''],
    ['Max realtime timeout', 'unlimited', 'unlimited', 'us'],
  ];
  return rows
    .map(
      ([name, soft, hard, units]) => `${name.padEnd(25)} ${soft.padEnd(20)} ${hard.padEnd(20)} ${units.padEnd(10)}\n`,
    )
    .join('');
}
