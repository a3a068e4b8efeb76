import { z } from 'zod';
import type { FindingKind } from '../schemas/finding-kind.ts';
import type { Probe } from '../schemas/probe.ts';
import { peerUnresolved } from './net-reach-kinds.ts';
import { hostArg, hostWord } from './network-words.ts';
import { peersOf } from './peers.ts';
import { bothPings, lossShare, pingIn, type PingReading } from './ping-output.ts';

const source = 'https://www.rfc-editor.org/rfc/rfc1191';

const smaller: FindingKind = {
  id: 'net.path-mtu.smaller',
  summary: 'this host or a router says that packets of 9,000 bytes do not pass to another node',
  role: 'context',
  // A network of 1,500 bytes throughout says the same; that nodes differ is what tells.
  weighs: { 'mtu-mismatch': 1 },
  source,
};
const swallowed: FindingKind = {
  id: 'net.path-mtu.black-hole',
  summary: 'packets of 9,000 bytes vanish on the way to another node, and nobody says so',
  role: 'cause',
  // A peer that is down looks the same: `net.reach` tells.
  weighs: { 'mtu-mismatch': 2.8, 'firewall-blocked': 0.5, 'rdma-link-fault': 0.4 },
  source: 'https://www.rfc-editor.org/rfc/rfc2923 (section 2.1, black holes)',
};
const unlike: FindingKind = {
  id: 'net.path-mtu.unlike-siblings',
  summary: 'the largest packet that passes from this node is another than from its siblings',
  role: 'cause',
  weighs: { 'mtu-mismatch': 4 },
  source,
};
const passes: FindingKind = {
  id: 'net.path-mtu.passes',
  summary: 'packets of 9,000 bytes pass to another node unbroken',
  role: 'clean',
  // Whose own link carries smaller packets has no path that passes these.
  weighs: { 'mtu-mismatch': -3.5 },
  source,
};
const kinds = [smaller, swallowed, unlike, peerUnresolved, passes];

const args = z.object({ peer: hostArg });

/** 8,972 bytes and 28 of headers: the largest packet of an MTU of 9,000. */
const packetBytes = 9_000;

/** Whether the largest packets of a jumbo-frame network pass to the next node and to one far away, unfragmented. */
export const netPathMtu: Probe<z.infer<typeof args>, PingReading> = {
  id: 'net.path-mtu',
  platform: 'nvidia-linux',
  summary: 'whether packets of 9,000 bytes pass to two other nodes without being broken up',
  question: 'Do all paths from this node carry packets of the same size?',
  aspect: 'correctness',
  side: 'supply',
  privilege: 'user',
  impact: 'passive',
  costMs: 500,
  timeoutMs: 15_000,
  outputBytesMax: 8_192,
  args,
  devices: (node, site) => peersOf(node, site).map(({ address }) => ({ peer: address })),
  argv: ({ peer }) => ['ping', '-M', 'do', '-c', '2', '-i', '0.2', '-W', '2', '-s', '8972', peer],
  allow: [`ping -M do -c 2 -i 0\\.2 -W 2 -s 8972 ${hostWord}`],
  parse: pingIn,
  outcomes: kinds,
  meaning(reading, _node, asked) {
    const peer = asked?.peer ?? 'the peer';
    const kind = kindOf(reading);
    const size = reading.pathMtuBytes;
    return [
      {
        kind: kind.id,
        text: `${peer}: ${reading.received} of ${reading.sent} packets of ${packetBytes} bytes answered${size === null ? '' : `, the path carries ${size} bytes`}`,
        ...(reading.line === null ? {} : { line: reading.line }),
        values: { peer, lossShare: lossShare(reading), ...(size === null ? {} : { pathMtuBytes: size }) },
      },
    ];
  },
  siblings: {
    numbers: (reading) => {
      const value = reading.pathMtuBytes ?? (reading.received > 0 ? packetBytes : null);
      return value === null ? [] : [{ name: 'pathMtuBytes', value, unit: 'bytes' }];
    },
    // Sizes are set by hand and alike, or somebody forgot one.
    rules: [{ name: 'pathMtuBytes', side: 'both', relative: 0, absolute: 0, source }],
    kind: unlike,
  },
  again: { gapMs: 1_000, combine: bothPings },
};

function kindOf(reading: PingReading): FindingKind {
  if (reading.unsent === 'unresolved') return peerUnresolved;
  if (reading.pathMtuBytes !== null && reading.pathMtuBytes < packetBytes) return smaller;
  return reading.received > 0 ? passes : swallowed;
}
