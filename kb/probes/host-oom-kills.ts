import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe } from '../schemas/probe.ts';
import { hostRead, unlikeSiblings, type NoArgs } from './host-read.ts';
import { pathValues } from './path-values.ts';
import { growth } from './second-read.ts';

const source = 'https://docs.kernel.org/admin-guide/mm/concepts.html#oom-killer';

const killing: FindingKind = {
  id: 'host.oom-kills.now',
  summary: 'the kernel killed processes for want of memory between two reads',
  role: 'cause',
  weighs: { 'host-oom': 4 },
  source,
};
const killed: FindingKind = {
  id: 'host.oom-kills.since-boot',
  summary: 'the kernel killed processes for want of memory since the boot',
  role: 'symptom',
  // Of whichever job, whenever it was: most nodes have been up for weeks.
  weighs: { 'host-oom': 1.2 },
  source,
};
const none: FindingKind = {
  id: 'host.oom-kills.none',
  summary: 'the kernel killed no process for want of memory since the boot',
  role: 'clean',
  weighs: { 'host-oom': -2.2 },
  source,
};
const unlike = unlikeSiblings('host.oom-kills', 'the number of processes killed for want of memory', { 'host-oom': 1 });

interface Reading {
  readonly kills: number;
  readonly line: number;
  /** Between two reads. */
  readonly grown?: number;
}

/** Processes that the kernel killed for want of memory: of the host, or of a control group. */
export const hostOomKills: Probe<NoArgs, Reading> = {
  ...hostRead,
  id: 'host.oom-kills',
  summary: 'processes that the kernel killed for want of memory',
  question: 'Has the kernel killed processes for want of memory?',
  aspect: 'stability',
  costMs: 40,
  outputBytesMax: 1_024,
  argv: () => ['grep', '-H', 'oom_kill', '/proc/vmstat'],
  parse(output) {
    const [only, ...more] = pathValues(output);
    const match = /^oom_kill (\d+)$/.exec(only?.value ?? '');
    if (only === undefined || match === null || only.path !== '/proc/vmstat' || more.length > 0)
      throw new ProbeParseError('no count of OOM kills in /proc/vmstat; kernels before 4.13 keep none');
    return { kills: Number(match[1]), line: only.line };
  },
  outcomes: [killing, killed, none, unlike],
  meaning({ kills, line, grown = 0 }) {
    const values = { kills };
    if (grown > 0)
      return [
        { kind: killing.id, text: `${grown} processes killed between two reads`, line, values: { kills, grown } },
      ];
    if (kills > 0) return [{ kind: killed.id, text: `${kills} processes killed since the boot`, line, values }];
    return [{ kind: none.id, text: 'no process killed since the boot', line, values }];
  },
  again: {
    gapMs: 2_000,
    combine: (first, second) => ({ ...second, grown: growth(first.kills, second.kills) ?? 0 }),
  },
  siblings: {
    kind: unlike,
    numbers: ({ kills, line }) => [{ name: 'kills', value: kills, unit: 'count', line }],
    rules: [{ name: 'kills', side: 'high', relative: 0, absolute: 0, source: unlike.source }],
  },
};
