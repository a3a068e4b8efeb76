import { z } from 'zod';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe, type ProbeFinding } from '../schemas/probe.ts';
import { orClean } from './clean.ts';
import { isVirtualInterface } from './network-words.ts';
import { requiredLines } from './text-table.ts';

const source = 'https://man7.org/linux/man-pages/man8/ip-neighbour.8.html';
const sysctl = 'https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html (neigh/default/gc_thresh3)';

const failed: FindingKind = {
  id: 'net.neighbours.failed',
  summary: 'several hosts of the node’s own networks do not answer to their addresses',
  role: 'symptom',
  weighs: { 'socket-interface-mismatch': 1, 'facility-fault': 0.7, 'rdma-link-fault': 0.7, 'host-hardware-fault': 0.4 },
  source,
};
const full: FindingKind = {
  id: 'net.neighbours.table-full',
  summary: 'the table of neighbours is at the kernel’s default limit, beyond which hosts cannot be reached',
  role: 'cause',
  weighs: { 'socket-interface-mismatch': 2, 'rendezvous-resolution': 1 },
  source: sysctl,
};
const unlike: FindingKind = {
  id: 'net.neighbours.unlike-siblings',
  summary: 'more hosts are silent to this node than to its siblings',
  role: 'symptom',
  weighs: { 'socket-interface-mismatch': 1.5, 'rdma-link-fault': 1, 'firewall-blocked': 0.4 },
  source,
};
const answering: FindingKind = {
  id: 'net.neighbours.answering',
  summary: 'hosts of the node’s own networks answer to their addresses',
  role: 'clean',
  weighs: { 'socket-interface-mismatch': -0.4, 'facility-fault': -0.4 },
  source,
};
const kinds = [failed, full, unlike, answering];

const noArgs = z.object({});

interface Neighbour {
  readonly line: number;
  readonly address: string;
  readonly device: string;
  readonly states: readonly string[];
}
interface Reading {
  readonly neighbours: readonly Neighbour[];
}

/** Hosts of the node's own networks, and whether they answer to their addresses. */
export const netNeighbours: Probe<z.infer<typeof noArgs>, Reading> = {
  id: 'net.neighbours',
  platform: 'nvidia-linux',
  summary: 'hosts of the node’s own networks that answer, or do not, to their addresses',
  question: 'Which neighbours has the node asked for in vain?',
  aspect: 'stability',
  side: 'supply',
  privilege: 'user',
  impact: 'passive',
  costMs: 50,
  timeoutMs: 15_000,
  outputBytesMax: 524_288,
  args: noArgs,
  argv: () => ['ip', '-o', 'neigh', 'show'],
  parse: (output) => ({
    neighbours: requiredLines(output, 'ip').map(({ text, line }) => {
      const match =
        /^([0-9a-fA-F:.]{2,45}) dev ([\w.@-]{1,31})(?: lladdr [0-9a-fA-F:]{2,60})?(?: (?:router|proxy|extern_learn|managed))*((?: (?:PERMANENT|NOARP|REACHABLE|STALE|NONE|INCOMPLETE|DELAY|PROBE|FAILED))+)\s*$/.exec(
          text.replace(/ ref \d+| used [\d/]+| probes \d+/g, ''),
        );
      if (match === null) throw new ProbeParseError(`line ${line}: not a neighbour of ip neigh`);
      return { line, address: match[1] ?? '', device: match[2] ?? '', states: (match[3] ?? '').trim().split(' ') };
    }),
  }),
  outcomes: kinds,
  meaning({ neighbours }) {
    const silent = silentIn(neighbours);
    const seen: ProbeFinding[] = [];
    if (neighbours.length >= tableMax)
      seen.push({
        kind: full.id,
        text: `${neighbours.length} neighbours, default limit ${tableMax}`,
        values: { neighbours: neighbours.length },
      });
    if (silent.length >= silentMin)
      seen.push({
        kind: failed.id,
        text: `no answer from ${silent
          .slice(0, 5)
          .map(({ address, device }) => `${address} on ${device}`)
          .join(', ')}${silent.length > 5 ? ` and ${silent.length - 5} more` : ''}`,
        line: silent[0]?.line ?? 1,
        values: { silent: silent.length },
      });
    return orClean(seen, kinds, {
      kind: answering.id,
      text: `${neighbours.length} neighbours, ${silent.length} silent`,
    });
  },
  siblings: {
    numbers: ({ neighbours }) => [{ name: 'silent', value: silentIn(neighbours).length, unit: 'count' }],
    // Our judgement: a client that has gone leaves one or two behind.
    rules: [{ name: 'silent', side: 'high', relative: 1, absolute: 2, source }],
    kind: unlike,
  },
};

// Default of gc_thresh3.
const tableMax = 1_024;
// Our judgement: a client that has gone leaves one or two behind.
const silentMin = 3;

/** IPv6 routers that are not there are asked for everywhere, so only IPv4 counts. */
function silentIn(neighbours: readonly Neighbour[]): readonly Neighbour[] {
  return neighbours.filter(
    ({ address, device, states }) =>
      !address.includes(':') &&
      !isVirtualInterface(device) &&
      (states.includes('FAILED') || states.includes('INCOMPLETE')),
  );
}
