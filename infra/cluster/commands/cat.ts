import { load1 } from '../physics/host.ts';
import { memory } from '../physics/memory.ts';
import { complained, printed, type CommandContext, type NodeCommand } from './command.ts';

/** `cat` of the files in /proc that answer here. */
export const cat: NodeCommand = {
  name: 'cat',
  run(context, args) {
    let text = '';
    for (const path of args) {
      const file = files[path];
      if (file === undefined) return complained(`cat: ${path}: No such file or directory\n`, 1);
      text += file(context);
    }
    return printed(text);
  },
};

const files: Readonly<Record<string, (context: CommandContext) => string>> = {
  '/proc/meminfo'({ timeline, node, nowMs }) {
    const now = memory(timeline, node, nowMs);
    const rows: readonly (readonly [string, number])[] = [
      ['MemTotal', now.totalKib],
      ['MemFree', now.freeKib],
      ['MemAvailable', now.availableKib],
      ['Buffers', 1_204_812],
      ['Cached', now.availableKib - now.freeKib],
      ['SwapCached', 0],
      ['Active', 96_204_116],
      ['Inactive', 311_044_920],
      ['SwapTotal', 0],
      ['SwapFree', 0],
      ['Dirty', 4_820],
      ['Writeback', 0],
      ['AnonPages', now.totalKib - now.availableKib],
      ['Shmem', 18_420_332],
      ['Slab', 12_884_104],
      ['CommitLimit', Math.floor(now.totalKib / 2)],
      ['Committed_AS', now.totalKib - now.availableKib + 41_000_000],
      ['HugePages_Total', 0],
    ];
    return rows
      .map(
        ([name, value]) =>
          `${`${name}:`.padEnd(16)}${String(value).padStart(8)}${name.startsWith('Huge') ? '' : ' kB'}\n`,
      )
      .join('');
  },
  '/proc/loadavg'({ timeline, node, nowMs }) {
    const one = load1(timeline, node, nowMs);
    const smooth = (windowMs: number) => load1(timeline, node, Math.floor(nowMs / windowMs) * windowMs);
    return `${one.toFixed(2)} ${smooth(300_000).toFixed(2)} ${smooth(900_000).toFixed(2)} ${Math.round(one / 3)}/2914 ${40_000 + (Math.floor(nowMs / 1000) % 20_000)}\n`;
  },
  '/proc/uptime'({ node, nowMs }) {
    const seconds = (nowMs - node.bootMs) / 1000;
    return `${seconds.toFixed(2)} ${(seconds * 96).toFixed(2)}\n`;
  },
};
