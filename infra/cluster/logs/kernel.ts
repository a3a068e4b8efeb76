import { isoMicros } from '../clock.ts';
import { integer, uniform } from '../noise.ts';
import type { Timeline } from '../physics/timeline.ts';
import type { WorldNode } from '../world.ts';
import { oomLines } from './kernel-oom.ts';
import { within, type LogLine } from './line.ts';
import { linkKernelLines } from './link-lines.ts';
import { pastXidLines, xidLines } from './xid-lines.ts';

export interface KernelLine extends LogLine {
  readonly level: 'err' | 'warn' | 'notice' | 'info';
}

// A healthy kernel is quiet: about one line in twenty minutes.
const slotMs = 10 * 60_000;

/** What the kernel of a node said from `fromMs` up to `toMs`; with `boot`, also what it says once at every boot. */
export function kernelLines(
  timeline: Timeline,
  node: WorldNode,
  fromMs: number,
  toMs: number,
  options: { readonly boot: boolean },
): readonly KernelLine[] {
  const { seed, historyFromMs } = timeline.world;
  const begin = Math.max(fromMs, historyFromMs);
  const lines: KernelLine[] = [];
  for (let slot = Math.floor(begin / slotMs); slot * slotMs < toMs; slot += 1) {
    if (uniform(seed, 'kernel', node.index, slot) > 0.5) continue;
    const atMs = slot * slotMs + uniform(seed, 'kernel-at', node.index, slot) * slotMs;
    const chosen = routine[integer(seed, routine.length, 'kernel-line', node.index, slot)];
    const number = integer(seed, 90_000, 'kernel-number', node.index, slot);
    if (chosen !== undefined) lines.push({ atMs, level: chosen.level, text: chosen.text(number) });
  }
  lines.push(...linkKernelLines(timeline, node, begin, toMs), ...xidLines(timeline, node, toMs));
  lines.push(...oomLines(timeline, node));
  const inRange = within(lines, begin, toMs);
  return options.boot ? [...bootLines(node), ...pastXidLines(timeline, node, toMs), ...inRange] : inRange;
}

/** As rsyslog ships kern.log in its RFC 3339 form. */
export function kernelLogText(node: WorldNode, line: KernelLine): string {
  return `${isoMicros(line.atMs)} ${node.name} kernel: ${line.text}`;
}

const routine: readonly { readonly level: KernelLine['level']; readonly text: (number: number) => string }[] = [
  {
    level: 'info',
    text: (n) =>
      `perf: interrupt took too long (${2500 + (n % 900)} > ${2490 + (n % 90)}), lowering kernel.perf_event_max_sample_rate to ${79_750 - (n % 5) * 250}`,
  },
  { level: 'info', text: (n) => `device bond0 ${n % 2 === 0 ? 'entered' : 'left'} promiscuous mode` },
  {
    level: 'notice',
    text: (n) =>
      `audit: type=1400 audit(${1_795_000_000 + n}.${String(n % 1000).padStart(3, '0')}:${n}): apparmor="STATUS" operation="profile_replace" info="same as current profile, skipping" profile="unconfined" name="/usr/sbin/chronyd" pid=${n} comm="apparmor_parser"`,
  },
];

function bootLines(node: WorldNode): readonly KernelLine[] {
  const at = (seconds: number, text: string): KernelLine => ({
    atMs: node.bootMs + seconds * 1000,
    level: 'warn',
    text,
  });
  return [
    at(9.412, 'nvidia: loading out-of-tree module taints kernel.'),
    at(9.412, "nvidia: module license 'NVIDIA' taints kernel."),
    at(9.413, 'Disabling lock debugging due to kernel taint'),
    at(14.87, 'NVRM: loading NVIDIA UNIX x86_64 Kernel Module  550.90.07  Fri May 31 09:35:42 UTC 2024'),
  ];
}
