import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe, type ProbeFinding } from '../schemas/probe.ts';
import { orClean } from './clean.ts';
import { hostRead, unlikeSiblings, type NoArgs } from './host-read.ts';
import { rounded } from './rounded.ts';
import { growth } from './second-read.ts';
import { requiredLines } from './text-table.ts';

const source = 'https://docs.kernel.org/admin-guide/iostats.html';

const stuck: FindingKind = {
  id: 'disk.io.stuck',
  summary: 'a disk has requests in flight and completes none',
  role: 'cause',
  weighs: { 'host-hardware-fault': 2.5, 'dataloader-stall': 0.5 },
  source,
};
const slow: FindingKind = {
  id: 'disk.io.slow',
  summary: 'requests to a disk take very long',
  role: 'symptom',
  weighs: { 'host-hardware-fault': 0.9, 'dataloader-stall': 0.9, 'disk-full': 0.2 },
  source: 'https://samber.github.io/awesome-prometheus-alerts/rules#host-and-hardware',
};
const sluggish: FindingKind = {
  id: 'disk.io.busy-with-little',
  summary: 'a flash disk is busy all the time with few requests: it takes milliseconds for each',
  role: 'cause',
  weighs: { 'host-hardware-fault': 3, 'dataloader-stall': 0.4 },
  source: 'https://docs.kernel.org/admin-guide/iostats.html (field 10: time with requests in flight)',
};
const counted: FindingKind = {
  id: 'disk.io.read-once',
  summary: 'counters of the disks, read once: they say nothing of this moment',
  role: 'context',
  weighs: {},
  source,
};
const quick: FindingKind = {
  id: 'disk.io.quick',
  summary: 'requests to the disks are answered soon, where there are any',
  role: 'clean',
  weighs: { 'host-hardware-fault': -0.1, 'dataloader-stall': -0.2 },
  source,
};
const unlike = unlikeSiblings('disk.io', 'the time that a disk takes', {
  'host-hardware-fault': 0.8,
  'dataloader-stall': 0.6,
});
const kinds = [stuck, sluggish, slow, counted, quick, unlike];

interface Disk {
  readonly name: string;
  readonly requests: number;
  /** Milliseconds that all requests took together. */
  readonly requestsMs: number;
  readonly inFlight: number;
  /** Milliseconds with at least one request in flight. */
  readonly busyMs: number;
  readonly line: number;
  readonly now?: {
    readonly requests: number;
    /** Mean of those that ended between the two reads; 0 without any. */
    readonly waitMs: number;
    readonly busyPercent: number;
    /** Milliseconds in use for each of them: requests beside each other make it less than the wait, never more. */
    readonly busyMsEach: number;
    /** In flight at both reads, and none ended. */
    readonly stuck: boolean;
  };
}
interface Reading {
  readonly disks: readonly Disk[];
}

// HostUnusualDiskReadLatency and HostUnusualDiskWriteLatency of the collection that is the source ask for 0.1 s; fewer
// requests than this are no mean.
const slowMs = 100;
const requestsMin = 10;
// A flash disk answers in a tenth of a millisecond, and moves the largest request (1 MiB) in half of one at 2 GB/s: one
// that is in use for four times that per request, and never idle, does not keep up (iostats; NVMe data sheets).
const busyPercentMin = 90;
const sluggishMs = 2;
const disksKeptMax = 128;

/** Disks, not their partitions, and not what lies in memory or on other disks. */
const diskPattern = /^(?:nvme\d+n\d+|[shv]d[a-z]+|xvd[a-z]+|mmcblk\d+|pmem\d+)$/;

/** How long the disks of the host take. */
export const diskIoLatency: Probe<NoArgs, Reading> = {
  ...hostRead,
  id: 'disk.io-latency',
  summary: 'time that requests to every disk of the host take, between two reads of the counters',
  question: 'Does a disk of the host answer slowly, or not at all?',
  aspect: 'performance',
  costMs: 50,
  outputBytesMax: 262_144,
  argv: () => ['cat', '/proc/diskstats'],
  parse: (output) => ({
    disks: requiredLines(output, 'cat')
      .flatMap(({ text, line }) => diskOf(text, line))
      .slice(0, disksKeptMax),
  }),
  outcomes: kinds,
  meaning({ disks }) {
    const compared = disks.filter(({ now }) => now !== undefined);
    if (compared.length === 0)
      return [
        { kind: counted.id, text: `${disks.length} disks, counters since the boot`, values: { disks: disks.length } },
      ];
    return orClean(compared.flatMap(judge), kinds, {
      kind: quick.id,
      text: `${compared.length} disks, the slowest took ${Math.max(...compared.map(({ now }) => now?.waitMs ?? 0))} ms a request`,
    });
  },
  again: {
    gapMs: 2_000,
    combine: (first, second, elapsedMs) => ({
      disks: second.disks.map((disk) => {
        const before = first.disks.find(({ name }) => name === disk.name);
        return before === undefined ? disk : { ...disk, now: between(before, disk, elapsedMs) };
      }),
    }),
  },
  siblings: {
    kind: unlike,
    numbers: ({ disks }) =>
      disks.flatMap(({ name, line, now }) =>
        now === undefined || now.requests < requestsMin
          ? []
          : [{ name: 'waitMs', value: now.waitMs, unit: 'ms', device: { kind: 'disk' as const, name }, line }],
      ),
    rules: [{ name: 'waitMs', side: 'high', relative: 3, absolute: 20, source: unlike.source }],
  },
};

/** major minor name, then reads, merged, sectors, ms, writes, merged, sectors, ms, in flight, ms busy, ms waited, and more on newer kernels. */
function diskOf(text: string, line: number): readonly Disk[] {
  const words = text.trim().split(/\s+/);
  const [, , name = '', ...fields] = words;
  if (fields.length < 11 || !words.every((word, at) => at === 2 || /^\d+$/.test(word)))
    throw new ProbeParseError(`line ${line}: not a line of /proc/diskstats`);
  if (!diskPattern.test(name)) return [];
  const at = (index: number) => Number(fields[index] ?? 0);
  return [{ name, requests: at(0) + at(4), requestsMs: at(3) + at(7), inFlight: at(8), busyMs: at(9), line }];
}

function between(before: Disk, after: Disk, elapsedMs: number): NonNullable<Disk['now']> {
  const requests = growth(before.requests, after.requests) ?? 0;
  const busy = elapsedMs <= 0 ? 0 : ((growth(before.busyMs, after.busyMs) ?? 0) * 100) / elapsedMs;
  return {
    requests,
    waitMs: requests === 0 ? 0 : rounded((growth(before.requestsMs, after.requestsMs) ?? 0) / requests, 2),
    busyPercent: Math.min(100, Math.round(busy)),
    busyMsEach: requests === 0 ? 0 : rounded((growth(before.busyMs, after.busyMs) ?? 0) / requests, 2),
    stuck: requests === 0 && before.inFlight > 0 && after.inFlight >= before.inFlight,
  };
}

function judge({ name, now, inFlight, line }: Disk): readonly ProbeFinding[] {
  if (now === undefined) return [];
  const device = { kind: 'disk' as const, name };
  const values = { waitMs: now.waitMs, requests: now.requests, busyPercent: now.busyPercent, inFlight };
  if (now.stuck)
    return [{ kind: stuck.id, device, text: `${name}: ${inFlight} requests in flight and none ended`, line, values }];
  if (now.requests < requestsMin) return [];
  if (name.startsWith('nvme') && now.busyPercent >= busyPercentMin && now.busyMsEach >= sluggishMs)
    return [
      {
        kind: sluggish.id,
        device,
        text: `${name}: ${now.busyPercent} % busy with ${now.requests} requests, ${now.busyMsEach} ms each`,
        line,
        values: { ...values, busyMsEach: now.busyMsEach },
      },
    ];
  if (now.waitMs < slowMs) return [];
  return [
    { kind: slow.id, device, text: `${name}: ${now.waitMs} ms a request, ${now.busyPercent} % busy`, line, values },
  ];
}
