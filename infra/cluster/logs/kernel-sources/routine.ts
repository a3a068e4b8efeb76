import { integer, uniform } from '../../noise.ts';
import type { KernelLine, KernelSource } from './kernel-source.ts';

// A healthy kernel is quiet: about one line in twenty minutes.
const slotMs = 10 * 60_000;

/** What every kernel says now and then. */
export const routineLines: KernelSource = ({ world: { seed } }, node, fromMs, toMs) => {
  const lines: KernelLine[] = [];
  for (let slot = Math.floor(fromMs / slotMs); slot * slotMs < toMs; slot += 1) {
    if (uniform(seed, 'kernel', node.index, slot) > 0.5) continue;
    const atMs = slot * slotMs + uniform(seed, 'kernel-at', node.index, slot) * slotMs;
    const chosen = routine[integer(seed, routine.length, 'kernel-line', node.index, slot)];
    const number = integer(seed, 90_000, 'kernel-number', node.index, slot);
    if (chosen !== undefined) lines.push({ atMs, level: chosen.level, text: chosen.text(number) });
  }
  return lines;
};

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
