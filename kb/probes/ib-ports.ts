import { z } from 'zod';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe, type ProbeFinding } from '../schemas/probe.ts';
import { orClean } from './clean.ts';
import { portSwitchedOff, portUnstable } from './ib-port-kinds.ts';
import { requiredLines } from './text-table.ts';

const source = 'https://github.com/linux-rdma/rdma-core/blob/master/infiniband-diags/man/ibstat.8.rst';

const down: FindingKind = {
  id: 'ib.port.down',
  summary: 'a port has no physical link while others of its kind are up',
  role: 'cause',
  weighs: { 'rdma-link-fault': 4 },
  source,
};
const initializing: FindingKind = {
  id: 'ib.port.not-active',
  summary: 'a port has a physical link and was not made active: no subnet manager reaches it',
  role: 'cause',
  weighs: { 'rdma-link-fault': 3 },
  source,
};
const slow: FindingKind = {
  id: 'ib.port.rate-below-siblings',
  summary: 'a port runs at a lower rate than the others of its kind',
  role: 'cause',
  weighs: { 'rdma-link-fault': 3 },
  source,
};
const unused: FindingKind = {
  id: 'ib.port.none-up',
  summary: 'no port of this link layer is up: not cabled, or all are affected',
  role: 'context',
  weighs: { 'rdma-link-fault': 0.4 },
  source,
};
const normal: FindingKind = {
  id: 'ib.port.all-active',
  summary: 'all ports in use are active at the same rate',
  role: 'clean',
  weighs: { 'rdma-link-fault': -2 },
  source,
};
const kinds = [down, initializing, slow, unused, portUnstable, portSwitchedOff, normal];

const noArgs = z.object({});

interface Port {
  readonly line: number;
  readonly hca: string;
  readonly port: number;
  readonly state: string;
  readonly physicalState: string;
  readonly rateGbps: number;
  readonly linkLayer: string;
}
interface Reading {
  readonly ports: readonly Port[];
  /** Adapters whose state was another one on the first of two reads. */
  readonly changed?: readonly string[];
}

/** State and rate of the RDMA ports. */
export const ibPorts: Probe<z.infer<typeof noArgs>, Reading> = {
  id: 'ib.ports',
  platform: 'nvidia-linux',
  summary: 'state and rate of every RDMA port',
  question: 'Are all RDMA ports of the node active at the rate that they should have?',
  aspect: 'correctness',
  side: 'supply',
  privilege: 'user',
  impact: 'passive',
  costMs: 200,
  timeoutMs: 15_000,
  outputBytesMax: 32_768,
  args: noArgs,
  argv: () => ['ibstat'],
  parse: (output) => ({ ports: portsIn(requiredLines(output, 'ibstat')) }),
  outcomes: kinds,
  meaning(reading) {
    const layers = [...new Set(reading.ports.map((port) => port.linkLayer))];
    const seen = [
      ...layers.flatMap((layer) =>
        judge(
          reading.ports.filter((port) => port.linkLayer === layer),
          layer,
        ),
      ),
      ...reading.ports.filter(({ hca }) => reading.changed?.includes(hca)).map(unstable),
    ];
    // A port that was switched off is no fault, and not all is well either.
    if (seen.some(({ kind }) => kind === portSwitchedOff.id)) return seen;
    return orClean(seen, kinds, { kind: normal.id, text: `${reading.ports.length} RDMA ports, all in use are active` });
  },
  siblings: {
    numbers: ({ ports }) =>
      ports
        .filter(({ state }) => state === 'Active')
        .map(({ hca, rateGbps, line }) => ({
          name: 'rateGbps',
          value: rateGbps,
          unit: 'Gb/s',
          device: { kind: 'hca', name: hca },
          line,
        })),
    // Link rates come in steps of a factor of two (InfiniBand specification, table of rates): a tenth is never noise.
    rules: [{ name: 'rateGbps', side: 'low', relative: 0.1, absolute: 1, source }],
    kind: slow,
  },
  again: {
    gapMs: 3_000,
    combine: (first, second) => ({
      ...second,
      changed: second.ports
        .filter((port) =>
          first.ports.some(
            (before) => before.hca === port.hca && before.port === port.port && before.state !== port.state,
          ),
        )
        .map(({ hca }) => hca),
    }),
  },
};

function portsIn(lines: ReturnType<typeof requiredLines>): readonly Port[] {
  const found: { hca: string; port: number; line: number; fields: Map<string, string> }[] = [];
  let hca: string | null = null;
  for (const { text, line } of lines) {
    const adapter = /^CA '([A-Za-z0-9_.-]{1,32})'$/.exec(text);
    const port = /^\s+Port (\d{1,3}):$/.exec(text);
    const field = /^\s+([A-Za-z][A-Za-z ]*): ?(.*)$/.exec(text);
    if (adapter !== null) hca = adapter[1] ?? null;
    else if (hca === null) throw new ProbeParseError(`line ${line}: not the start of an adapter in ibstat`);
    else if (port !== null) found.push({ hca, port: Number(port[1]), line, fields: new Map() });
    else if (field === null) throw new ProbeParseError(`line ${line}: not a field of ibstat`);
    else if (found.at(-1)?.hca === hca) found.at(-1)?.fields.set(field[1] ?? '', (field[2] ?? '').trim());
  }
  if (found.length === 0) throw new ProbeParseError('ibstat lists no port');
  return found.map(({ hca: name, port, line, fields }) => {
    const required = (field: string) => {
      const value = fields.get(field);
      if (value === undefined) throw new ProbeParseError(`line ${line}: port ${port} of ${name} has no "${field}"`);
      return value;
    };
    const rate = Number.parseFloat(required('Rate'));
    if (!Number.isFinite(rate)) throw new ProbeParseError(`line ${line}: the rate of ${name} is not a number`);
    return {
      line,
      hca: name,
      port,
      state: required('State'),
      physicalState: required('Physical state'),
      rateGbps: rate,
      linkLayer: fields.get('Link layer') ?? 'InfiniBand',
    };
  });
}

function unstable(port: Port): ProbeFinding {
  return {
    kind: portUnstable.id,
    device: { kind: 'hca', name: port.hca },
    text: `${port.hca} port ${port.port}: ${port.state}, and another state a moment before`,
    line: port.line,
    values: { port: port.port, state: port.state },
  };
}

/** Ports of one link layer are each other's siblings: a storage port of 100 Gb/s Ethernet says nothing of InfiniBand. */
function judge(ports: readonly Port[], layer: string): readonly ProbeFinding[] {
  const active = ports.filter((port) => port.state === 'Active');
  if (active.length === 0)
    return [{ kind: unused.id, text: `none of ${ports.length} ${layer} ports is active`, line: ports[0]?.line ?? 1 }];
  const fastest = Math.max(...active.map((port) => port.rateGbps));
  return ports.flatMap((port) => {
    const kind =
      port.state === 'Active'
        ? port.rateGbps < fastest
          ? slow
          : null
        : port.physicalState === 'LinkUp'
          ? initializing
          : port.physicalState === 'Disabled'
            ? portSwitchedOff
            : down;
    if (kind === null) return [];
    return [
      {
        kind: kind.id,
        device: { kind: 'hca' as const, name: port.hca },
        text: `${port.hca} port ${port.port}: ${port.state}, ${port.physicalState}, ${port.rateGbps} Gb/s; siblings ${fastest} Gb/s`,
        line: port.line,
        values: {
          port: port.port,
          state: port.state,
          physicalState: port.physicalState,
          rateGbps: port.rateGbps,
          siblingsRateGbps: fastest,
        },
      },
    ];
  });
}
