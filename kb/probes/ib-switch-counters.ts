import { z } from 'zod';
import { namePattern } from '../../workflows/domain/ids.ts';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe, type ProbeFinding } from '../schemas/probe.ts';
import { orClean } from './clean.ts';
import { ratesOf } from './counter-difference.ts';
import { errorRateMax } from './ib-error-rates.ts';
import { requireTool } from './missing-tool.ts';
import { numberedLines } from './text-table.ts';

const source = 'https://man7.org/linux/man-pages/man8/ibqueryerrors.8.html';

const own: FindingKind = {
  id: 'ib.fabric.own-port-errors',
  summary: 'a port of the node, or the switch port at the other end of its cable, counts link errors',
  // Since somebody cleared them, months ago as a rule: an old flap stays in them.
  role: 'symptom',
  weighs: { 'rdma-link-fault': 0.9 },
  source,
};
const ownGrowing: FindingKind = {
  id: 'ib.fabric.own-port-errors-growing',
  summary: 'link errors of a port of the node, or at the other end of its cable, grow right now',
  role: 'cause',
  weighs: { 'rdma-link-fault': 3.8 },
  source,
};
const elsewhere: FindingKind = {
  id: 'ib.fabric.other-ports-errors',
  summary: 'ports of the fabric that are not the node’s count link errors or discards',
  role: 'context',
  weighs: { 'rdma-link-fault': 0.3 },
  source,
};
const growingElsewhere: FindingKind = {
  id: 'ib.fabric.switch-errors-growing',
  summary: 'link errors or discards on switch ports, over which several nodes’ traffic may go, grow right now',
  role: 'symptom',
  weighs: { 'rdma-link-fault': 2, 'facility-fault': 0.7 },
  source,
};
const congested: FindingKind = {
  id: 'ib.fabric.ports-wait',
  summary: 'ports of the fabric had to wait before they could send',
  role: 'context',
  weighs: { 'rdma-link-fault': 0.2 },
  source,
};
const unlike: FindingKind = {
  id: 'ib.fabric.unlike-siblings',
  summary: 'ports of the node count far more link errors than those of its siblings',
  role: 'symptom',
  weighs: { 'rdma-link-fault': 0.7 },
  source,
};
const quiet: FindingKind = {
  id: 'ib.fabric.no-errors',
  summary: 'no port of the fabric counts errors beyond the tool’s limits',
  role: 'clean',
  weighs: { 'rdma-link-fault': -1 },
  source,
};
const kinds = [own, ownGrowing, elsewhere, growingElsewhere, congested, unlike, quiet];

const args = z.object({ node: z.string().regex(namePattern) });

interface Port {
  readonly line: number;
  readonly guid: string;
  readonly port: number;
  /** Description of its device, such as `node-07 mlx5_2` or `MF0;leaf-01:MQM8700/U1`. */
  readonly device: string;
  /** Description of the device at the other end, where the tool says. */
  readonly peer: string | null;
  readonly isSwitch: boolean;
  readonly counts: Readonly<Record<string, number>>;
  /** Between two reads, counts a second; `null` after one. */
  readonly rates: Readonly<Record<string, number>> | null;
}
interface Reading {
  readonly ports: readonly Port[];
}

/** Error counters of all ports of the InfiniBand fabric that are beyond the tool's limits. */
export const ibSwitchCounters: Probe<z.infer<typeof args>, Reading> = {
  id: 'ib.switch-counters',
  platform: 'nvidia-linux',
  summary: 'error counters of switches and adapters of the InfiniBand fabric',
  question: 'Which ports of the fabric count errors, and is one of them at this node’s cable?',
  aspect: 'stability',
  side: 'supply',
  privilege: 'user',
  via: 'management',
  impact: 'passive',
  costMs: 5_000,
  timeoutMs: 60_000,
  outputBytesMax: 4 * 1024 * 1024,
  args,
  argv: () => ['ibqueryerrors'],
  allow: ['ibqueryerrors'],
  parse(output) {
    requireTool(output, 'ibqueryerrors');
    // Its exit code says whether a port had errors, or that one did not answer: the text decides.
    const lines = numberedLines(output);
    const ports = portsIn(lines);
    if (ports.length === 0 && !lines.some(({ text }) => /^## Summary: \d+ nodes checked/.test(text)))
      throw new ProbeParseError(
        `ibqueryerrors ended with ${output.exitCode ?? 'no exit code'} and printed no ports and no summary`,
      );
    return { ports };
  },
  outcomes: kinds,
  meaning({ ports }, node, asked) {
    const name = asked?.node ?? node?.name;
    const seen: ProbeFinding[] = [];
    const telling = ports.filter(({ counts }) => errorCounters.some((counter) => counter in counts));
    for (const port of telling.filter((one) => belongsTo(one, name)).slice(0, portsShownMax)) {
      const [counter, value] = largest(port.counts);
      const rate = errorRate(port);
      seen.push({
        kind: (isSick(port) ? ownGrowing : own).id,
        ...deviceOf(port, name),
        text: `${port.device} port ${port.port}: ${counter} ${value}${isSick(port) ? ', growing' : ''}`.slice(
          0,
          textCharsMax,
        ),
        line: port.line,
        values: { port: port.port, counter, count: value, perSecond: rate },
      });
    }
    const others = telling.filter((one) => !belongsTo(one, name));
    const growing = others.filter((port) => port.isSwitch && isSick(port));
    seen.push(...growing.slice(0, portsShownMax).map(growingFinding));
    const worst = others.toSorted((a, b) => largest(b.counts)[1] - largest(a.counts)[1])[0];
    if (growing.length === 0 && worst !== undefined)
      seen.push({
        kind: elsewhere.id,
        text: `${others.length} ports, the worst ${worst.device} port ${worst.port}: ${largest(worst.counts).join(' ')}`.slice(
          0,
          textCharsMax,
        ),
        line: worst.line,
        values: { ports: others.length },
      });
    const waiting = ports.filter(({ counts }) => 'PortXmitWait' in counts);
    if (waiting.length > 0)
      seen.push({
        kind: congested.id,
        text: `${waiting.length} ports waited`,
        line: waiting[0]?.line ?? 1,
        values: { ports: waiting.length },
      });
    return orClean(seen, kinds, { kind: quiet.id, text: `${telling.length} ports with errors beyond the limits` });
  },
  siblings: {
    numbers: ({ ports }, node) => [
      {
        name: 'linkErrors',
        value: ports
          .filter((port) => belongsTo(port, node?.name) && node?.name !== undefined)
          .reduce(
            (sum, { counts }) => sum + errorCounters.reduce((total, counter) => total + (counts[counter] ?? 0), 0),
            0,
          ),
        unit: 'count',
      },
    ],
    // Ten is the tool's own limit for one counter of one port.
    rules: [{ name: 'linkErrors', side: 'high', relative: 1, absolute: 10, source }],
    kind: unlike,
  },
  again: {
    gapMs: 10_000,
    combine: (first, second, elapsedMs) => ({
      ports: second.ports.map((port) => {
        const before = first.ports.find((one) => one.guid === port.guid && one.port === port.port);
        return { ...port, rates: ratesOf(before?.counts ?? {}, port.counts, elapsedMs) };
      }),
    }),
  },
};

const portsShownMax = 16;
const textCharsMax = 200;

const errorCounters = [
  'SymbolErrorCounter',
  'LinkErrorRecoveryCounter',
  'LinkDownedCounter',
  'PortRcvErrors',
  'PortRcvRemotePhysicalErrors',
  'LocalLinkIntegrityErrors',
  'ExcessiveBufferOverrunErrors',
  'PortXmitDiscards',
];

/** Its own adapter, or the switch port whose cable leads to it; everything where no node was asked for. */
function belongsTo({ device, peer }: Port, name: string | undefined): boolean {
  return (
    name === undefined || [device, peer].some((text) => text !== null && (text === name || text.startsWith(`${name} `)))
  );
}

function deviceOf({ device, peer }: Port, name: string | undefined) {
  const described = [device, peer].find((text) => name !== undefined && text?.startsWith(`${name} `) === true);
  const hca = described?.split(' ')[1];
  return hca === undefined || !/^mlx\d_\d{1,2}$/.test(hca) ? {} : { device: { kind: 'hca' as const, name: hca } };
}

function largest(counts: Readonly<Record<string, number>>): readonly [string, number] {
  return errorCounters
    .flatMap((counter) => (counts[counter] === undefined ? [] : [[counter, counts[counter]] as const]))
    .reduce<readonly [string, number]>((most, one) => (one[1] > most[1] ? one : most), ['', -1]);
}

/** Which cable it is, `ib.fabric-links` tells: the tool names the other end only where it is asked to. */
function growingFinding(port: Port): ProbeFinding {
  const [counter, value] = largest(port.counts);
  return {
    kind: growingElsewhere.id,
    text: `${port.device} port ${port.port}: ${counter} ${value}, growing`.slice(0, textCharsMax),
    line: port.line,
    values: { switchGuid: port.guid, port: port.port, counter, count: value, perSecond: errorRate(port) },
  };
}

// Five within the ten seconds between the reads.
const errorRatesMax = 0.5;

function isSick({ rates }: Port): boolean {
  return errorCounters.some((counter) => (rates?.[counter] ?? 0) > errorRateMax(counter, errorRatesMax));
}

function errorRate({ rates }: Port): number {
  return errorCounters.reduce((sum, counter) => sum + (rates?.[counter] ?? 0), 0);
}

// Errors for 0x2c903006e29b0 "MF0;ys23ib4:SX6036/U1"        · Errors for "dl380g7 mlx4_0"        (an adapter has no GUID here)
//    GUID 0x2c903006e29b0 port 1: [LinkDownedCounter == 8] [PortXmitWait == 4294967295 (4.000G)]
//        Link info:    122   1[  ] ==( 4X 25.78125 Gbps Active/  LinkUp)==>  0x0002c90200429160      2   34[  ] "l-2-3 IS5030" ( )
function portsIn(lines: ReturnType<typeof numberedLines>): readonly Port[] {
  const found: Port[] = [];
  let device: { readonly name: string; readonly isSwitch: boolean } | null = null;
  for (const { text, line } of lines) {
    const head = /^Errors for (0x[0-9a-fA-F]{1,16} )?"([^"]{0,128})"/.exec(text);
    const port = /^\s+GUID (0x[0-9a-fA-F]{1,16}) port (\d{1,3}|ALL): (\[.*\])/.exec(text);
    const peer = /^\s+Link info:.*==>.*"([^"]{0,128})"/.exec(text);
    if (head !== null) device = { name: (head[2] ?? '').trim(), isSwitch: head[1] !== undefined };
    else if (port !== null) {
      if (device === null) throw new ProbeParseError(`line ${line}: a port of ibqueryerrors without its device`);
      // Sums over all ports, and the port through which a switch is managed, are no cables.
      if (port[2] === 'ALL' || port[2] === '0') continue;
      found.push({
        line,
        guid: port[1] ?? '',
        port: Number(port[2]),
        device: device.name,
        isSwitch: device.isSwitch,
        peer: null,
        counts: countsIn(port[3] ?? ''),
        rates: null,
      });
    } else if (peer !== null) {
      const last = found.at(-1);
      if (last !== undefined && last.peer === null) found[found.length - 1] = { ...last, peer: (peer[1] ?? '').trim() };
    } else if (!/^(?:##|ibwarn|Data Counters|\s|Ca\s*:|Switch\s*:)/.test(text))
      throw new ProbeParseError(`line ${line}: not a line of ibqueryerrors`);
  }
  return found;
}

function countsIn(text: string): Readonly<Record<string, number>> {
  return Object.fromEntries(
    [...text.matchAll(/\[(\w{2,40}) == (\d{1,20})/g)].map((one) => [one[1] ?? '', Number(one[2])]),
  );
}
