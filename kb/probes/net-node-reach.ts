import { z } from 'zod';
import { namePattern } from '../../workflows/domain/ids.ts';
import type { FindingKind } from '../schemas/finding-kind.ts';
import type { Probe } from '../schemas/probe.ts';
import { peerUnresolved } from './net-reach-kinds.ts';
import { hostArg, hostWord } from './network-words.ts';
import { bothPings, lossShare, pingIn, type PingReading } from './ping-output.ts';

const source = 'https://man7.org/linux/man-pages/man8/ping.8.html';

const silent: FindingKind = {
  id: 'net.node.silent',
  summary: 'the host does not answer on the network: off, hung or cut off, not only its SSH service',
  role: 'symptom',
  weighs: { 'host-hardware-fault': 2.3, 'facility-fault': 1.5, 'gpu-driver-bug': 0.7, 'scheduler-action': 0.4 },
  // A host that is off answers nobody.
  echoes: ['bmc.host-off'],
  source,
};
const lossy: FindingKind = {
  id: 'net.node.lossy',
  summary: 'the host answers the management host, and some packets are lost',
  role: 'symptom',
  weighs: { 'facility-fault': 0.7, 'host-hardware-fault': 0.5, 'rdma-link-fault': 0.5 },
  source,
};
const answers: FindingKind = {
  id: 'net.node.answers',
  summary: 'the host is up and on the network; where a login fails, it is its SSH service or its load',
  role: 'clean',
  // Only of what takes a whole host away: a slow disk, a hot rack, a lost uplink leave the answer as it is.
  weighs: { 'host-hardware-fault': -0.4, 'facility-fault': -0.5 },
  source,
};
const kinds = [silent, lossy, peerUnresolved, answers];

const args = z.object({ node: z.string().regex(namePattern), address: hostArg.optional() });

/** Tells a host that is down from one on which only SSH is. */
export const netNodeReach: Probe<z.infer<typeof args>, PingReading> = {
  id: 'net.node-reach',
  platform: 'nvidia-linux',
  summary: 'packets from the management host to the node',
  question: 'Is the host itself up, whatever its SSH service says?',
  aspect: 'stability',
  side: 'supply',
  privilege: 'user',
  via: 'management',
  impact: 'passive',
  costMs: 700,
  timeoutMs: 15_000,
  outputBytesMax: 8_192,
  args,
  devices: ({ name }, site) => site.nodes.filter((one) => one.name === name).map(({ address }) => ({ address })),
  argv: ({ node, address }) => ['ping', '-c', '3', '-i', '0.2', '-W', '2', address ?? node],
  allow: [`ping -c 3 -i 0\\.2 -W 2 ${hostWord}`],
  parse: pingIn,
  outcomes: kinds,
  meaning(reading, node, asked) {
    const kind =
      reading.unsent === 'unresolved'
        ? peerUnresolved
        : reading.received === reading.sent && reading.sent > 0
          ? answers
          : reading.received > 0
            ? lossy
            : silent;
    const who = asked?.address ?? asked?.node ?? node?.name ?? 'the node';
    return [
      {
        kind: kind.id,
        text: `${who} answered ${reading.received} of ${reading.sent} packets from the management host`,
        ...(reading.line === null ? {} : { line: reading.line }),
        values: { lossShare: lossShare(reading), ...(reading.rttMs === null ? {} : { rttAvgMs: reading.rttMs.avg }) },
      },
    ];
  },
  siblings: {
    numbers: (reading) => [{ name: 'lossShare', value: lossShare(reading), unit: 'share' }],
    rules: [
      {
        name: 'lossShare',
        side: 'high',
        relative: 0,
        absolute: 0.1,
        source:
          'one packet of six; the loss of sound networks in https://conferences.sigcomm.org/sigcomm/2015/pdf/papers/p139.pdf',
      },
    ],
    kind: lossy,
  },
  again: { gapMs: 2_000, combine: bothPings },
};
