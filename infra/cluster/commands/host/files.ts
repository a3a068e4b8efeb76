import { hexDigits, integer } from '../../noise.ts';
import { load1 } from '../../physics/host.ts';
import { hostCpu } from '../../physics/host-cpu.ts';
import { memory, shmemKib } from '../../physics/memory.ts';
import { bootMsOf } from '../../physics/node-life.ts';
import { pressureOf, pressureTotalUs, type Resource } from '../../physics/pressure.ts';
import { swapFile, swapUsedKib } from '../../physics/swap.ts';
import type { CommandContext } from '../command.ts';
import { vmstat } from './vmstat.ts';

export type FileReader = (context: CommandContext) => string;

/** Files in /proc and /sys about the kernel of the machine. */
export const hostFiles: Readonly<Record<string, FileReader>> = {
  '/proc/meminfo'({ timeline, node, nowMs }) {
    const now = memory(timeline, node, nowMs);
    const swapUsed = swapUsedKib(timeline, node, nowMs);
    const swapKib = swapUsed === null ? 0 : swapFile.kib;
    const rows: readonly (readonly [string, number])[] = [
      ['MemTotal', now.totalKib],
      ['MemFree', now.freeKib],
      ['MemAvailable', now.availableKib],
      ['Buffers', 1_204_812],
      ['Cached', now.availableKib - now.freeKib],
      ['SwapCached', swapUsed === null ? 0 : 1_402_118],
      ['Active', 96_204_116],
      ['Inactive', 311_044_920],
      ['SwapTotal', swapKib],
      ['SwapFree', swapKib - (swapUsed ?? 0)],
      ['Dirty', 4_820],
      ['Writeback', 0],
      ['AnonPages', now.totalKib - now.availableKib],
      ['Shmem', shmemKib(timeline, node, nowMs)],
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
  '/proc/uptime'({ timeline, node, nowMs }) {
    const seconds = (nowMs - bootMsOf(timeline.segmentAt(nowMs).settings, node, nowMs)) / 1000;
    return `${seconds.toFixed(2)} ${(seconds * 96).toFixed(2)}\n`;
  },
  '/sys/devices/system/cpu/online': () => `0-${hostCpu.threads - 1}\n`,
  '/proc/pressure/cpu': (context) => pressure(context, 'cpu'),
  '/proc/pressure/io': (context) => pressure(context, 'io'),
  '/proc/pressure/memory': (context) => pressure(context, 'memory'),
  '/proc/sys/fs/file-nr': ({ world, timeline, node, nowMs }) => {
    const busy = timeline.segmentAt(nowMs).busyNodes.has(node.name);
    const open =
      (busy ? 41_000 : 3_800) + 32 * integer(world.seed, 40, 'file-nr', node.index, Math.floor(nowMs / 10_000));
    return `${open}\t0\t9223372036854775807\n`;
  },
  '/proc/sys/vm/nr_hugepages': () => '0\n',
  '/sys/kernel/mm/transparent_hugepage/enabled': () => 'always [madvise] never\n',
  '/proc/swaps'({ timeline, node, nowMs }) {
    const used = swapUsedKib(timeline, node, nowMs);
    const head = 'Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n';
    return used === null
      ? head
      : `${head}${swapFile.path}                               file\t\t${swapFile.kib}\t${used}\t-2\n`;
  },
  '/proc/vmstat': vmstat,
};

function pressure({ timeline, node, nowMs }: CommandContext, resource: Resource): string {
  const shares = [10_000, 60_000, 300_000].map((windowMs) => {
    // A mean over a window lags behind by about half of it.
    const now = pressureOf(timeline, node, resource, nowMs);
    const before = pressureOf(timeline, node, resource, nowMs - windowMs / 2);
    return { some: 50 * (now.some + before.some), full: 50 * (now.full + before.full) };
  });
  const total = pressureTotalUs(timeline, node, resource, nowMs);
  const line = (kind: 'some' | 'full') => {
    const [ten, minute, five] = shares.map((share) => (Math.round(share[kind] * 100) / 100).toFixed(2));
    return `${kind} avg10=${ten} avg60=${minute} avg300=${five} total=${total[kind]}\n`;
  };
  return line('some') + line('full');
}

/** `root=UUID=…` of the kernel's command line and of /proc/mounts. */
export function rootUuid({ world, node }: CommandContext): string {
  const id = hexDigits(32, world.seed, 'root-uuid', node.index);
  return [id.slice(0, 8), id.slice(8, 12), id.slice(12, 16), id.slice(16, 20), id.slice(20)].join('-');
}
