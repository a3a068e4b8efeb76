import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe, type ProbeFinding } from '../schemas/probe.ts';
import { orClean } from './clean.ts';
import { perSecond } from './counter-difference.ts';
import { hostRead, unlikeSiblings, type NoArgs } from './host-read.ts';
import { rounded } from './rounded.ts';
import { requiredLines } from './text-table.ts';

const source = 'https://docs.kernel.org/admin-guide/mm/concepts.html#reclaim';

const swapping: FindingKind = {
  id: 'host.vmstat.swapping',
  summary: 'the host moves memory to swap space and back at this moment',
  role: 'symptom',
  weighs: { 'host-oom': 1.8, 'dataloader-stall': 0.7 },
  source,
};
const faulting: FindingKind = {
  id: 'host.vmstat.major-faults',
  summary: 'processes wait for pages that have to be read from storage',
  role: 'symptom',
  weighs: { 'host-oom': 0.8, 'dataloader-stall': 0.5, 'shared-fs-problem': 0.4 },
  source: 'https://github.com/prometheus/node_exporter/blob/master/docs/node-mixin/config.libsonnet',
};
const stalling: FindingKind = {
  id: 'host.vmstat.allocation-stalls',
  summary: 'allocations of memory have to wait until the kernel finds some',
  role: 'symptom',
  weighs: { 'host-oom': 1.2, 'dataloader-stall': 0.5 },
  source,
};
const counted: FindingKind = {
  id: 'host.vmstat.read-once',
  summary: 'counters of memory management, read once: they say nothing of this moment',
  role: 'context',
  weighs: {},
  source,
};
const calm: FindingKind = {
  id: 'host.vmstat.calm',
  summary: 'the host neither swaps nor waits for memory',
  role: 'clean',
  weighs: { 'host-oom': -0.5, 'dataloader-stall': -0.2 },
  source,
};
const unlike = unlikeSiblings('host.vmstat', 'the work of memory management', {
  'host-oom': 0.8,
  'dataloader-stall': 0.5,
});
const kinds = [swapping, faulting, stalling, counted, calm, unlike];

/** Pages, faults or waits: since the boot, and per second between two reads. */
const counters = ['swappedIn', 'swappedOut', 'majorFaults', 'allocationStalls', 'compactionStalls'] as const;
type Counts = Readonly<Record<(typeof counters)[number], number>>;

interface Reading {
  readonly sinceBoot: Counts;
  readonly perSecond?: Counts;
}

// A thousand pages of 4 KiB a second: 4 MiB/s, what a host that is short of memory exceeds at once and others never reach.
const swappedMin = 1_000;
// NodeMemoryMajorPagesFaults of the node exporter's own alerts.
const majorFaultsMin = 500;
// Our judgement: direct reclaim ten times a second is felt by whoever allocates.
const stallsMin = 10;

/** What memory management does at this moment. */
export const hostVmstat: Probe<NoArgs, Reading> = {
  ...hostRead,
  id: 'host.vmstat',
  summary: 'swapping, major page faults and waits for memory per second',
  question: 'Does the host swap, or wait for memory, at this moment?',
  aspect: 'performance',
  costMs: 50,
  outputBytesMax: 65_536,
  argv: () => ['cat', '/proc/vmstat'],
  parse(output) {
    const values = new Map<string, number>();
    for (const { text, line } of requiredLines(output, 'cat')) {
      const match = /^([a-z0-9_]+) (\d+)$/.exec(text);
      if (match === null) throw new ProbeParseError(`line ${line}: not a counter of /proc/vmstat`);
      values.set(match[1] ?? '', Number(match[2]));
    }
    if (!values.has('pgmajfault')) throw new ProbeParseError('/proc/vmstat without its count of major faults');
    const count = (name: string) => values.get(name) ?? 0;
    // One count of stalls up to 4.9, one for each zone since then.
    const stalls = [...values].filter(([name]) => /^allocstall(?:_|$)/.test(name));
    return {
      sinceBoot: {
        swappedIn: count('pswpin'),
        swappedOut: count('pswpout'),
        majorFaults: count('pgmajfault'),
        allocationStalls: stalls.reduce((sum, [, value]) => sum + value, 0),
        compactionStalls: count('compact_stall'),
      },
    };
  },
  outcomes: kinds,
  meaning({ sinceBoot, perSecond: rates }) {
    if (rates === undefined)
      return [
        { kind: counted.id, text: `${sinceBoot.majorFaults} major faults since the boot`, values: { ...sinceBoot } },
      ];
    const seen: ProbeFinding[] = [];
    const swapped = rates.swappedIn + rates.swappedOut;
    const stalls = rates.allocationStalls + rates.compactionStalls;
    const values = { ...rates };
    if (swapped >= swappedMin)
      seen.push({ kind: swapping.id, text: `${rounded(swapped)} pages swapped a second`, values });
    if (rates.majorFaults >= majorFaultsMin)
      seen.push({ kind: faulting.id, text: `${rounded(rates.majorFaults)} major page faults a second`, values });
    if (stalls >= stallsMin)
      seen.push({ kind: stalling.id, text: `${rounded(stalls)} waits for memory a second`, values });
    return orClean(seen, kinds, {
      kind: calm.id,
      text: `${rounded(rates.majorFaults)} major page faults a second, no swapping to speak of`,
      values,
    });
  },
  again: {
    gapMs: 2_000,
    combine: (first, second, elapsedMs) => ({
      sinceBoot: second.sinceBoot,
      perSecond: rates(first, second, elapsedMs),
    }),
  },
  siblings: {
    kind: unlike,
    numbers: ({ perSecond: now }) =>
      now === undefined ? [] : counters.map((name) => ({ name, value: now[name], unit: 'count/s' })),
    rules: [
      { name: 'swappedIn', side: 'high', relative: 1, absolute: 200, source: unlike.source },
      { name: 'swappedOut', side: 'high', relative: 1, absolute: 200, source: unlike.source },
      { name: 'majorFaults', side: 'high', relative: 2, absolute: 100, source: unlike.source },
      { name: 'allocationStalls', side: 'high', relative: 1, absolute: 5, source: unlike.source },
      { name: 'compactionStalls', side: 'high', relative: 1, absolute: 5, source: unlike.source },
    ],
  },
};

function rates(first: Reading, second: Reading, elapsedMs: number): Counts {
  const rate = (name: keyof Counts) =>
    rounded(perSecond(first.sinceBoot[name], second.sinceBoot[name], elapsedMs) ?? 0, 2);
  return {
    swappedIn: rate('swappedIn'),
    swappedOut: rate('swappedOut'),
    majorFaults: rate('majorFaults'),
    allocationStalls: rate('allocationStalls'),
    compactionStalls: rate('compactionStalls'),
  };
}
