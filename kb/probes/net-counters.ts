import { z } from 'zod';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe, type ProbeFinding } from '../schemas/probe.ts';
import { orClean } from './clean.ts';
import { ratesOf } from './counter-difference.ts';
import { isVirtualInterface } from './network-words.ts';
import { requiredLines } from './text-table.ts';

const source = 'https://www.kernel.org/doc/html/latest/networking/statistics.html';

const errors: FindingKind = {
  id: 'net.counters.errors',
  summary: 'a notable share of the packets that an interface ever received was damaged',
  role: 'symptom',
  weighs: { 'rdma-link-fault': 1.8 },
  source,
};
const growing: FindingKind = {
  id: 'net.counters.errors-growing',
  summary: 'an interface receives or sends damaged packets right now',
  role: 'cause',
  weighs: { 'rdma-link-fault': 3 },
  source,
};
const oversized: FindingKind = {
  id: 'net.counters.length-errors-growing',
  summary: 'an interface receives packets of a length that it does not take: mostly larger ones than its MTU',
  role: 'symptom',
  weighs: { 'mtu-mismatch': 2, 'rdma-link-fault': 0.3 },
  source,
};
const overrun: FindingKind = {
  id: 'net.counters.overrun',
  summary: 'an interface drops packets because the host does not take them fast enough',
  role: 'symptom',
  weighs: { 'rdma-link-fault': 0.7, 'cpu-affinity-misconfig': 0.7 },
  source,
};
const carrier: FindingKind = {
  id: 'net.counters.carrier-changes',
  summary: 'an interface loses and finds its carrier again',
  role: 'cause',
  weighs: { 'rdma-link-fault': 3.5, 'facility-fault': 0.4 },
  source,
};
const unlike: FindingKind = {
  id: 'net.counters.unlike-siblings',
  summary: 'an interface has far more damaged packets than its siblings at the same moment',
  role: 'symptom',
  weighs: { 'rdma-link-fault': 1.8 },
  source,
};
const sound: FindingKind = {
  id: 'net.counters.sound',
  summary: 'interfaces receive and send without damage',
  role: 'clean',
  weighs: { 'rdma-link-fault': -0.7 },
  source,
};
const kinds = [errors, growing, oversized, overrun, carrier, unlike, sound];

const noArgs = z.object({});

interface Counters {
  readonly line: number;
  readonly name: string;
  /** `rx.bytes`, `rx.errors`, `tx.carrier_changes` and the like, since the interface came up. */
  readonly counts: Readonly<Record<string, number>>;
  /** Between two reads, counts a second; `null` after one. */
  readonly rates: Readonly<Record<string, number>> | null;
}
interface Reading {
  readonly interfaces: readonly Counters[];
}

/** Counters of the network interfaces. */
export const netCounters: Probe<z.infer<typeof noArgs>, Reading> = {
  id: 'net.counters',
  platform: 'nvidia-linux',
  summary: 'damaged, dropped and missed packets and lost carriers of the interfaces, by difference of two reads',
  question: 'Do the network interfaces of the node receive and send without damage?',
  aspect: 'stability',
  side: 'supply',
  privilege: 'user',
  impact: 'passive',
  costMs: 50,
  timeoutMs: 15_000,
  outputBytesMax: 262_144,
  args: noArgs,
  argv: () => ['ip', '-s', '-s', 'link', 'show'],
  parse: (output) => ({ interfaces: interfacesIn(requiredLines(output, 'ip')) }),
  outcomes: kinds,
  meaning({ interfaces }) {
    const seen = interfaces.filter(({ name }) => !isVirtualInterface(name)).flatMap(judge);
    return orClean(seen.slice(0, findingsMax), kinds, { kind: sound.id, text: `${interfaces.length} interfaces` });
  },
  siblings: {
    numbers: ({ interfaces }) =>
      interfaces
        .filter(({ name }) => !isVirtualInterface(name))
        .flatMap(({ name, counts, rates, line }) => {
          const of = rates ?? {};
          const device = { kind: 'hca' as const, name };
          const share =
            (counts['rx.packets'] ?? 0) < packetsMin ? null : (counts['rx.errors'] ?? 0) / (counts['rx.packets'] ?? 1);
          return [
            ...(share === null ? [] : [{ name: 'damagedShare', value: share, unit: 'share', device, line }]),
            ...(rates === null
              ? []
              : [
                  {
                    name: 'damagedPerSecond',
                    value: (of['rx.errors'] ?? 0) + (of['tx.errors'] ?? 0),
                    unit: 'count/s',
                    device,
                    line,
                  },
                  {
                    name: 'droppedPerSecond',
                    value: (of['rx.dropped'] ?? 0) + (of['tx.dropped'] ?? 0),
                    unit: 'count/s',
                    device,
                    line,
                  },
                ]),
          ];
        }),
    rules: [
      // One packet in a million is 80 times what a link may lose (IEEE 802.3: one bit in 10^12).
      {
        name: 'damagedShare',
        side: 'high',
        relative: 9,
        absolute: 1e-6,
        source: 'IEEE 802.3, bit error rate of 10^-12',
      },
      { name: 'damagedPerSecond', side: 'high', relative: 1, absolute: 0.1, source },
      { name: 'droppedPerSecond', side: 'high', relative: 4, absolute: 50, source },
    ],
    kind: unlike,
  },
  again: {
    gapMs: 2_000,
    combine: (first, second, elapsedMs) => ({
      interfaces: second.interfaces.map((one) => {
        const before = first.interfaces.find(({ name }) => name === one.name);
        return { ...one, rates: before === undefined ? null : ratesOf(before.counts, one.counts, elapsedMs) };
      }),
    }),
  },
};

const findingsMax = 20;
// Fewer packets say nothing of one in 100,000.
const packetsMin = 100_000;
// IEEE 802.3 lets one bit in 10^12 be wrong, one full packet in 80 million. 54 of 916,406 were counted on an adapter that
// was found in order: links are trained and cables plugged, so that only far more than that tells of today.
const damagedShareMax = 1e-4;
// Two or three changes are those of a start.
const carrierChangesMax = 20;

function judge({ name, line, counts, rates }: Counters): readonly ProbeFinding[] {
  const seen: ProbeFinding[] = [];
  const add = (kind: FindingKind, text: string, values: Readonly<Record<string, number>>) =>
    seen.push({ kind: kind.id, device: { kind: 'hca', name }, text, line, values: { interface: name, ...values } });
  const packets = counts['rx.packets'] ?? 0;
  const damaged = counts['rx.errors'] ?? 0;
  const share = packets < packetsMin ? 0 : damaged / packets;
  const rate = (rates?.['rx.errors'] ?? 0) + (rates?.['tx.errors'] ?? 0);
  const lengths = rates?.['rx.length'] ?? 0;
  if (rate > 0 && lengths >= rate / 2)
    add(oversized, `${name}: ${lengths.toFixed(1)} packets a second of a wrong length`, {
      wrongLengthPerSecond: lengths,
    });
  else if (rate > 0) add(growing, `${name}: ${rate.toFixed(1)} damaged packets a second`, { damagedPerSecond: rate });
  else if (share > damagedShareMax)
    add(errors, `${name}: ${damaged} of ${packets} packets were damaged`, { damaged, damagedShare: share });
  const missed = (rates?.['rx.missed'] ?? 0) + (rates?.['rx.overrun'] ?? 0) + (rates?.['rx.fifo'] ?? 0);
  if (missed > 0)
    add(overrun, `${name}: ${missed.toFixed(1)} packets a second find no room`, { missedPerSecond: missed });
  const changes = counts['tx.transns'] ?? 0;
  if ((rates?.['tx.transns'] ?? 0) > 0 || changes >= carrierChangesMax)
    add(carrier, `${name}: ${changes} changes of carrier since it came up`, { carrierChanges: changes });
  return seen;
}

// 2: eth0: <BROADCAST,…> mtu 1500 …, then pairs of a head and its numbers. Heads differ by version:
// iproute2 4.x and 5.4 "RX: bytes  packets  errors  dropped overrun mcast", 5.15 and 6.x "RX:  bytes packets errors dropped  missed   mcast"
function interfacesIn(lines: ReturnType<typeof requiredLines>): readonly Counters[] {
  const found: { name: string; line: number; counts: Record<string, number> }[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const { text = '', line = 0 } = lines[at] ?? {};
    const start = /^\d{1,6}: ([\w.-]{1,15})(?:@\S{1,20})?: </.exec(text);
    if (start !== null) {
      found.push({ name: start[1] ?? '', line, counts: {} });
      continue;
    }
    const head = /^\s+([RT]X)(?: errors)?:\s+(\S.*)$/.exec(text);
    const current = found.at(-1);
    if (current === undefined) throw new ProbeParseError(`line ${line}: not the start of an interface in ip -s link`);
    if (head === null) continue;
    const names = (head[2] ?? '').trim().split(/\s+/);
    const numbers = lines[at + 1]?.text.trim().split(/\s+/) ?? [];
    if (numbers.length !== names.length || !numbers.every((number) => /^\d{1,20}$/.test(number)))
      throw new ProbeParseError(`line ${line}: a head of ip -s link without its numbers`);
    names.forEach((name, column) => {
      current.counts[`${(head[1] ?? '').toLowerCase()}.${name}`] = Number(numbers[column]);
    });
    at += 1;
  }
  if (!found.some(({ counts }) => counts['rx.packets'] !== undefined))
    throw new ProbeParseError('no counters of ip -s link');
  return found.map((one) => ({ ...one, rates: null }));
}
