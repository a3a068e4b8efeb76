import { z } from 'zod';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe } from '../schemas/probe.ts';
import { orClean } from './clean.ts';
import { requiredLines } from './text-table.ts';

const source = 'https://github.com/linux-rdma/rdma-core/tree/master/infiniband-diags';

const errors: FindingKind = {
  id: 'ib.counter.errors',
  summary: 'a port has counted link or receive errors beyond what a healthy link shows',
  role: 'cause',
  weighs: { 'rdma-link-fault': 2.5 },
  source,
};
const normal: FindingKind = {
  id: 'ib.counter.normal',
  summary: 'error counters of the port are below the limits that the fabric tools use',
  role: 'clean',
  weighs: { 'rdma-link-fault': -1.2 },
  source,
};
const kinds = [errors, normal];

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
}

/** Extended counters of every RDMA port that the inventory lists, one port at a time. */
export const ibCounters: Probe<z.infer<typeof args>, Reading> = {
  id: 'ib.counters',
  platform: 'nvidia-linux',
  summary: 'error and traffic counters of an RDMA port since they were cleared',
  aspect: 'stability',
  impact: 'none',
  costMs: 200,
  timeoutMs: 15_000,
  outputBytesMax: 8_192,
  args,
  devices: ({ hcas = [] }) => hcas.map(({ name, port }) => ({ hca: name, port })),
  argv: ({ hca, port }) => ['perfquery', '-x', '-C', hca, '-P', String(port)],
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
    return orClean(seen, kinds, { kind: normal.id, ...device, text: `error counters of ${of} are low` });
  },
};

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
