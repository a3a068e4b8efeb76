import { z } from 'zod';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe } from '../schemas/probe.ts';
import { orClean } from './clean.ts';
import { ratesOf } from './counter-difference.ts';
import { errorRateMax } from './ib-error-rates.ts';
import { requiredLines } from './text-table.ts';

const source = 'https://github.com/linux-rdma/rdma-core/tree/master/infiniband-diags';

const errors: FindingKind = {
  id: 'ib.counter.errors',
  summary: 'a port has counted link or receive errors beyond what a healthy link shows',
  // Since somebody cleared them, months ago as a rule: an old flap stays in them.
  role: 'symptom',
  weighs: { 'rdma-link-fault': 0.9 },
  source,
};
const normal: FindingKind = {
  id: 'ib.counter.normal',
  summary: 'error counters of the port are below the limits that the fabric tools use',
  role: 'clean',
  weighs: { 'rdma-link-fault': -1.2 },
  source,
};
const growing: FindingKind = {
  id: 'ib.counter.growing',
  summary: 'an error counter of a port grows right now',
  role: 'cause',
  weighs: { 'rdma-link-fault': 3.5 },
  source: 'https://man7.org/linux/man-pages/man8/ibqueryerrors.8.html',
};
const unlike: FindingKind = {
  id: 'ib.counter.unlike-siblings',
  summary: 'a port carries far less, or waits far longer to send, than its siblings at the same moment',
  role: 'symptom',
  weighs: { 'rdma-link-fault': 1.2, 'nccl-env-misconfig': 0.4 },
  source,
};
const kinds = [errors, growing, unlike, normal];

const args = z.object({
  hca: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,31}$/)
    .default('mlx5_0'),
  port: z.int().min(1).max(16).default(1),
});

interface Reading {
  readonly lid: number;
  readonly counters: Readonly<Record<string, number>>;
  readonly lines: Readonly<Record<string, number>>;
  /** Between two reads, counts a second. */
  readonly rates?: Readonly<Record<string, number>>;
}

/** Extended counters of every RDMA port that the inventory lists, one port at a time. */
export const ibCounters: Probe<z.infer<typeof args>, Reading> = {
  id: 'ib.counters',
  platform: 'nvidia-linux',
  summary: 'error and traffic counters of an RDMA port since they were cleared',
  question: 'Do error counters of the RDMA ports stand above what a sound link collects?',
  aspect: 'stability',
  side: 'supply',
  privilege: 'user',
  impact: 'passive',
  costMs: 200,
  timeoutMs: 15_000,
  outputBytesMax: 8_192,
  args,
  devices: ({ hcas = [] }) => hcas.map(({ name, port }) => ({ hca: name, port })),
  argv: ({ hca, port }) => ['perfquery', '-x', '-C', hca, '-P', String(port)],
  allow: ['perfquery -x -C [a-z][a-z0-9_]{0,31} -P [0-9]{1,2}'],
  parse(output) {
    const [head, ...rest] = requiredLines(output, 'perfquery');
    const lid = /^# Port extended counters: Lid (\d+) port \d+/.exec(head?.text ?? '');
    if (lid === null) throw new ProbeParseError('line 1: not the head of perfquery -x');
    const counters: Record<string, number> = {};
    const lines: Record<string, number> = {};
    for (const { text, line } of rest) {
      const counter = /^([A-Za-z0-9]+):\.+(0x[0-9a-fA-F]+|\d+)$/.exec(text);
      if (counter === null) throw new ProbeParseError(`line ${line}: not a counter of perfquery`);
      counters[counter[1] ?? ''] = Number(counter[2]);
      lines[counter[1] ?? ''] = line;
    }
    if (counters['PortXmitData'] === undefined) throw new ProbeParseError('no PortXmitData among the counters');
    return { lid: Number(lid[1]), counters, lines };
  },
  outcomes: kinds,
  meaning(reading, _node, read) {
    const of = read === undefined ? `the port with LID ${reading.lid}` : `${read.hca} port ${read.port}`;
    const device = read === undefined ? {} : { device: { kind: 'hca' as const, name: read.hca } };
    const over = Object.entries(limits).filter(([counter, limit]) => (reading.counters[counter] ?? 0) > limit);
    const seen = over.map(([counter, limit]) => ({
      kind: errors.id,
      ...device,
      text: `${counter} of ${of} is ${reading.counters[counter] ?? 0}, limit ${limit}`,
      line: reading.lines[counter] ?? 1,
      values: { counter, count: reading.counters[counter] ?? 0, limit },
    }));
    for (const counter of Object.keys(limits)) {
      const rate = reading.rates?.[counter] ?? 0;
      const rateMax = errorRateMax(counter, errorRatesMax);
      if (rate > rateMax)
        seen.push({
          kind: growing.id,
          ...device,
          text: `${counter} of ${of} grows by ${rate.toPrecision(3)} a second`,
          line: reading.lines[counter] ?? 1,
          values: { counter, count: rate, limit: rateMax },
        });
    }
    return orClean(seen, kinds, { kind: normal.id, ...device, text: `error counters of ${of} are low` });
  },
  siblings: {
    numbers: ({ rates = {}, lines }) =>
      Object.entries(siblingRates).flatMap(([counter, { name, unit, factor }]) => {
        const rate = rates[counter];
        return rate === undefined ? [] : [{ name, value: rate * factor, unit, line: lines[counter] ?? 1 }];
      }),
    // Rails of one synchronous job carry the same; our judgement: a phase of the step apart is less than half of it.
    rules: [
      { name: 'sentMBps', side: 'low', relative: 0.5, absolute: 200, source },
      { name: 'receivedMBps', side: 'low', relative: 0.5, absolute: 200, source },
      { name: 'waitTicks', side: 'high', relative: 4, absolute: 1_000_000, source },
    ],
    kind: unlike,
  },
  again: {
    gapMs: 2_000,
    combine: (first, second, elapsedMs) => ({ ...second, rates: ratesOf(first.counters, second.counters, elapsedMs) }),
  },
};

// PortXmitData and PortRcvData count words of four bytes; PortXmitWait ticks in which nothing could be sent
// (InfiniBand specification, PortCounters).
const siblingRates: Readonly<
  Record<string, { readonly name: string; readonly unit: string; readonly factor: number }>
> = {
  PortXmitData: { name: 'sentMBps', unit: 'MB/s', factor: 4e-6 },
  PortRcvData: { name: 'receivedMBps', unit: 'MB/s', factor: 4e-6 },
  PortXmitWait: { name: 'waitTicks', unit: 'count/s', factor: 1 },
};

// Three within the two seconds between the reads: see `soundErrorsPerHourMax`.
const errorRatesMax = 1;

// Defaults of ibcheckerrs (infiniband-diags): 10 for link and receive errors, 100 for discards and remote errors.
const limits: Readonly<Record<string, number>> = {
  SymbolErrorCounter: 10,
  LinkErrorRecoveryCounter: 10,
  LinkDownedCounter: 10,
  PortRcvErrors: 10,
  PortRcvRemotePhysicalErrors: 100,
  PortXmitDiscards: 100,
  LocalLinkIntegrityErrors: 10,
  ExcessiveBufferOverrunErrors: 10,
};
