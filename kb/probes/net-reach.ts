import { z } from 'zod';
import type { FindingKind } from '../schemas/finding-kind.ts';
import type { Probe } from '../schemas/probe.ts';
import { peerUnresolved } from './net-reach-kinds.ts';
import { hostArg, hostWord } from './network-words.ts';
import { peersOf } from './peers.ts';
import { bothPings, lossShare, pingIn, type PingReading } from './ping-output.ts';

const source = 'https://man7.org/linux/man-pages/man8/ping.8.html';
// Guo et al., Pingmesh, SIGCOMM 2015, table 1 and figure 4: of sound data-centre networks 1 in 10,000 to 100,000
// packets is lost, and 99 % of round trips end within 1.4 ms.
const pingmesh = 'https://conferences.sigcomm.org/sigcomm/2015/pdf/papers/p139.pdf';

const silent: FindingKind = {
  id: 'net.reach.no-answer',
  summary: 'another node does not answer this one',
  role: 'symptom',
  weighs: {
    'socket-interface-mismatch': 1.2,
    'firewall-blocked': 1.2,
    'facility-fault': 0.5,
    'host-hardware-fault': 0.7,
  },
  source,
};
const noRoute: FindingKind = {
  id: 'net.reach.no-route',
  summary: 'this node has no route to another',
  role: 'cause',
  weighs: { 'socket-interface-mismatch': 2.5, 'rendezvous-resolution': 0.7 },
  source,
};
const filtered: FindingKind = {
  id: 'net.reach.filtered',
  summary: 'a filter on the way, or on this host, refuses packets to another node',
  role: 'cause',
  weighs: { 'firewall-blocked': 3.5 },
  source,
};
const lossy: FindingKind = {
  id: 'net.reach.lossy',
  summary: 'some packets to another node are lost',
  role: 'symptom',
  weighs: { 'rdma-link-fault': 1.5, 'facility-fault': 0.7 },
  source: pingmesh,
};
const slower: FindingKind = {
  id: 'net.reach.slower-than-siblings',
  summary: 'round trips of this node take far longer than those of its siblings',
  role: 'symptom',
  weighs: { 'rdma-link-fault': 0.7, 'socket-interface-mismatch': 0.7, 'facility-fault': 0.5 },
  source: pingmesh,
};
const answers: FindingKind = {
  id: 'net.reach.answers',
  summary: 'another node answers every packet',
  role: 'clean',
  weighs: { 'socket-interface-mismatch': -0.7, 'rendezvous-resolution': -0.4 },
  source,
};
const kinds = [silent, noRoute, filtered, lossy, slower, peerUnresolved, answers];

const args = z.object({ peer: hostArg });

/** Three packets to the next node and three to one far away, over the network that the nodes' names lead to. */
export const netReach: Probe<z.infer<typeof args>, PingReading> = {
  id: 'net.reach',
  platform: 'nvidia-linux',
  summary: 'packets to two other nodes: answered, lost, how long they take',
  question: 'Does this node reach its peers, without loss and as fast as others do?',
  aspect: 'stability',
  side: 'supply',
  privilege: 'user',
  impact: 'passive',
  costMs: 700,
  timeoutMs: 15_000,
  outputBytesMax: 8_192,
  args,
  devices: (node, site) => peersOf(node, site).map(({ address }) => ({ peer: address })),
  argv: ({ peer }) => ['ping', '-c', '3', '-i', '0.2', '-W', '2', peer],
  allow: [`ping -c 3 -i 0\\.2 -W 2 ${hostWord}`],
  parse: pingIn,
  outcomes: kinds,
  meaning(reading, _node, asked) {
    const peer = asked?.peer ?? 'the peer';
    const lost = lossShare(reading);
    return [
      {
        kind: kindOf(reading).id,
        text:
          reading.unsent === null
            ? `${peer} answered ${reading.received} of ${reading.sent} packets${reading.rttMs === null ? '' : `, ${reading.rttMs.avg} ms on average`}`
            : `${peer}: ${reading.unsent === 'unresolved' ? 'its name cannot be resolved' : 'no route'}`,
        ...(reading.line === null ? {} : { line: reading.line }),
        values: { peer, lossShare: lost, ...(reading.rttMs === null ? {} : { rttAvgMs: reading.rttMs.avg }) },
      },
    ];
  },
  siblings: {
    numbers: (reading) => [
      { name: 'lossShare', value: lossShare(reading), unit: 'share' },
      ...(reading.rttMs === null ? [] : [{ name: 'rttAvgMs', value: reading.rttMs.avg, unit: 'ms' }]),
    ],
    rules: [
      { name: 'rttAvgMs', side: 'high', relative: 4, absolute: 1.5, source: pingmesh },
      // One packet of six.
      { name: 'lossShare', side: 'high', relative: 0, absolute: 0.1, source: pingmesh },
    ],
    kind: slower,
  },
  again: { gapMs: 2_000, combine: bothPings },
};

function kindOf(reading: PingReading): FindingKind {
  if (reading.unsent === 'unresolved') return peerUnresolved;
  if (reading.unsent === 'no-route') return noRoute;
  if (reading.received === reading.sent) return answers;
  if (reading.received > 0) return lossy;
  return reading.rejected === 'prohibited' || reading.rejected === 'not-permitted' ? filtered : silent;
}
