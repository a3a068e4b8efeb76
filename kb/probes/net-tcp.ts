import { z } from 'zod';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe, type ProbeFinding } from '../schemas/probe.ts';
import { orClean } from './clean.ts';
import { ratesOf } from './counter-difference.ts';
import { requiredLines } from './text-table.ts';

const source = 'https://www.kernel.org/doc/html/latest/networking/snmp_counter.html';
const pingmesh = 'https://conferences.sigcomm.org/sigcomm/2015/pdf/papers/p139.pdf';

const resent: FindingKind = {
  id: 'net.tcp.retransmitting',
  summary: 'the node sends many segments again: packets are lost on its ways',
  role: 'symptom',
  weighs: { 'rdma-link-fault': 1, 'mtu-mismatch': 1, 'facility-fault': 0.5 },
  source: pingmesh,
};
const reversePath: FindingKind = {
  id: 'net.tcp.reverse-path-dropped',
  summary: 'the node drops packets that came in on another interface than its answer would leave by',
  role: 'cause',
  weighs: { 'socket-interface-mismatch': 3.2, 'roce-gid-misconfig': 0.4 },
  source: 'https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html (rp_filter)',
};
const listenFull: FindingKind = {
  id: 'net.tcp.listen-overflow',
  summary: 'connections are dropped because a program does not accept them fast enough',
  role: 'symptom',
  weighs: { 'rendezvous-resolution': 1.8 },
  source,
};
const unlike: FindingKind = {
  id: 'net.tcp.unlike-siblings',
  summary: 'the node sends a far larger share of its segments again than its siblings',
  role: 'symptom',
  weighs: { 'rdma-link-fault': 1.2, 'mtu-mismatch': 0.7, 'socket-interface-mismatch': 0.5 },
  source: pingmesh,
};
const sound: FindingKind = {
  id: 'net.tcp.sound',
  summary: 'hardly any segment is sent again, and no connection is dropped',
  role: 'clean',
  weighs: { 'mtu-mismatch': -0.4, 'rendezvous-resolution': -0.4, 'socket-interface-mismatch': -0.4 },
  source,
};
const kinds = [resent, reversePath, listenFull, unlike, sound];

const noArgs = z.object({});

interface Reading {
  /** Since the node started. */
  readonly counters: Readonly<Record<string, number>>;
  readonly lines: Readonly<Record<string, number>>;
  /** Between two reads, counts a second; `null` after one. */
  readonly rates: Readonly<Record<string, number>> | null;
  /** Milliseconds between two reads; 0 after one. */
  readonly elapsedMs: number;
}

/** The kernel's TCP counters. */
export const netTcp: Probe<z.infer<typeof noArgs>, Reading> = {
  id: 'net.tcp',
  platform: 'nvidia-linux',
  summary: 'segments sent again, dropped connections and dropped packets, by difference of two reads',
  question: 'Does the node lose TCP segments, or drop connections and packets itself?',
  aspect: 'stability',
  side: 'supply',
  privilege: 'user',
  impact: 'passive',
  costMs: 50,
  timeoutMs: 15_000,
  outputBytesMax: 32_768,
  args: noArgs,
  argv: () => ['cat', '/proc/net/snmp', '/proc/net/netstat'],
  parse(output) {
    const lines = requiredLines(output, 'cat');
    const counters: Record<string, number> = {};
    const places: Record<string, number> = {};
    for (let at = 0; at + 1 < lines.length; at += 2) {
      const [names, values] = [lines[at]?.text.split(/\s+/) ?? [], lines[at + 1]];
      const numbers = values?.text.split(/\s+/) ?? [];
      if (!/^[A-Z]\w{1,15}:$/.test(names[0] ?? '') || numbers[0] !== names[0] || numbers.length !== names.length)
        throw new ProbeParseError(`line ${lines[at]?.line ?? 0}: not a table of the kernel's network counters`);
      for (let column = 1; column < names.length; column += 1) {
        const value = numbers[column] ?? '';
        if (!/^-?\d{1,20}$/.test(value))
          throw new ProbeParseError(`line ${values?.line ?? 0}: ${names[column] ?? ''} is not a number`);
        const key = `${(names[0] ?? '').slice(0, -1)}.${names[column] ?? ''}`;
        if (!wanted.has(key)) continue;
        counters[key] = Number(value);
        places[key] = values?.line ?? 0;
      }
    }
    if (counters['Tcp.OutSegs'] === undefined || counters['Tcp.RetransSegs'] === undefined)
      throw new ProbeParseError('no counters of TCP');
    return { counters, lines: places, rates: null, elapsedMs: 0 };
  },
  outcomes: kinds,
  meaning(reading) {
    const { rates, lines } = reading;
    const seen: ProbeFinding[] = [];
    const share = resentShare(reading);
    const place = (counter: string) => ({ line: lines[counter] ?? 1 });
    if (share !== null && share > resentShareMax)
      seen.push({
        kind: resent.id,
        text: `${(share * 100).toFixed(2)} % of TCP segments were sent again`,
        ...place('Tcp.RetransSegs'),
        values: { resentShare: share },
      });
    for (const [counter, kind, says] of growing) {
      const rate = rates?.[counter] ?? 0;
      if (rate > 0)
        seen.push({
          kind: kind.id,
          text: `${rate.toFixed(1)} ${says} a second`,
          ...place(counter),
          values: { counter, perSecond: rate },
        });
    }
    return orClean(seen, kinds, {
      kind: sound.id,
      text:
        share === null ? 'too few segments to tell' : `${(share * 100).toFixed(3)} % of TCP segments were sent again`,
    });
  },
  siblings: {
    numbers(reading) {
      const share = resentShare(reading);
      return share === null ? [] : [{ name: 'resentShare', value: share, unit: 'share' }];
    },
    rules: [{ name: 'resentShare', side: 'high', relative: 4, absolute: 0.001, source: pingmesh }],
    kind: unlike,
  },
  again: {
    gapMs: 2_000,
    combine: (first, second, elapsedMs) => ({
      ...second,
      rates: ratesOf(first.counters, second.counters, elapsedMs),
      elapsedMs,
    }),
  },
};

// 100 times what Pingmesh found in its worst sound data centre (1 in 10,000).
const resentShareMax = 0.01;
// Fewer say nothing of a share of one in a hundred.
const segmentsMin = 1_000;

const growing = [
  ['TcpExt.IPReversePathFilter', reversePath, 'packets dropped by the reverse path filter'],
  ['TcpExt.ListenOverflows', listenFull, 'connections dropped because a listener’s queue was full'],
] as const;
const wanted = new Set([
  'Tcp.OutSegs',
  'Tcp.RetransSegs',
  'Tcp.AttemptFails',
  'Tcp.EstabResets',
  'TcpExt.TCPTimeouts',
  'TcpExt.ListenDrops',
  ...growing.map(([counter]) => counter),
]);

/** Between the two reads where enough was sent meanwhile, or else since the start. */
function resentShare({ counters, rates, elapsedMs }: Reading): number | null {
  const meanwhile = ((rates?.['Tcp.OutSegs'] ?? 0) * elapsedMs) / 1_000;
  const from = rates !== null && meanwhile >= segmentsMin ? rates : counters;
  const sent = from['Tcp.OutSegs'] ?? 0;
  return (counters['Tcp.OutSegs'] ?? 0) < segmentsMin || sent <= 0 ? null : (from['Tcp.RetransSegs'] ?? 0) / sent;
}
