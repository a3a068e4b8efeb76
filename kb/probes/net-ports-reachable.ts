import { z } from 'zod';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe } from '../schemas/probe.ts';
import { requireTool } from './missing-tool.ts';
import { peerUnresolved } from './net-reach-kinds.ts';
import { hostArg, hostWord } from './network-words.ts';
import { peersOf } from './peers.ts';
import { rendezvousOf } from './rendezvous-hosts.ts';

const source = 'https://man.openbsd.org/nc.1';

const silent: FindingKind = {
  id: 'net.port.no-answer',
  summary: 'connections to a port of another host are swallowed',
  // A filter, a route that leads elsewhere, a wrong address and a dead host all look like this.
  role: 'symptom',
  weighs: {
    'firewall-blocked': 2.5,
    'socket-interface-mismatch': 1.5,
    'host-hardware-fault': 0.4,
  },
  source,
};
const rejected: FindingKind = {
  id: 'net.port.rejected',
  summary: 'a filter, or the lack of a route, rejects connections to a port of another host',
  role: 'cause',
  weighs: { 'firewall-blocked': 2.5, 'socket-interface-mismatch': 1.5 },
  source: 'https://firewalld.org/documentation/man-pages/firewalld.richlanguage.html (reject: icmp-host-prohibited)',
};
const refused: FindingKind = {
  id: 'net.port.refused',
  summary: 'the host answers and nobody listens on the port',
  // Between two starts of a job, and after its end, this is so on a sound cluster too.
  role: 'context',
  weighs: { 'firewall-blocked': -0.7, 'rendezvous-resolution': 0.7 },
  source,
};
const open: FindingKind = {
  id: 'net.port.open',
  summary: 'a connection to the port comes about',
  role: 'clean',
  weighs: { 'firewall-blocked': -1.5, 'rendezvous-resolution': -1, 'socket-interface-mismatch': -0.4 },
  source,
};
const kinds = [silent, rejected, refused, peerUnresolved, open];

const args = z.object({ host: hostArg, port: z.int().min(1).max(65_535) });

interface Reading {
  readonly outcome: 'open' | 'refused' | 'rejected' | 'silent' | 'unresolved';
}

/** Connections, without a word said, to where the ranks of jobs meet. */
export const netPortsReachable: Probe<z.infer<typeof args>, Reading> = {
  id: 'net.ports-reachable',
  platform: 'nvidia-linux',
  summary: 'whether the ports at which jobs meet can be reached from the node',
  question: 'Does a connection from here to the rendezvous come about?',
  aspect: 'correctness',
  side: 'demand',
  privilege: 'user',
  // A connection that says nothing: stores and launchers drop it.
  impact: 'passive',
  costMs: 200,
  timeoutMs: 15_000,
  outputBytesMax: 8_192,
  args,
  // Where no job has said where it meets: the SSH port of a peer, which tells a filter between nodes as well.
  devices(node, site) {
    const places = rendezvousOf(site);
    if (places.length > 0) return places;
    return peersOf(node, site)
      .slice(0, 1)
      .map(({ address }) => ({ host: address, port: sshPort }));
  },
  argv: ({ host, port }) => ['nc', '-z', '-v', '-w', '3', host, String(port)],
  allow: [`nc -z -v -w 3 ${hostWord} [0-9]{1,5}`],
  parse(output) {
    requireTool(output, 'nc');
    const said = `${output.stdout}\n${output.stderr}`;
    const outcome = said.split('\n').flatMap((text) => outcomeOf(text.slice(0, lineCharsMax)) ?? [])[0];
    if (outcome === undefined || (outcome === 'open') !== (output.exitCode === 0))
      throw new ProbeParseError(`nc ended with ${output.exitCode ?? 'no exit code'} and said nothing of a connection`);
    return { outcome };
  },
  outcomes: kinds,
  meaning({ outcome }, _node, asked) {
    const place = asked === undefined ? 'the port' : `${asked.host} port ${asked.port}`;
    const { kind, says } = results[outcome];
    return [
      {
        kind: kind.id,
        text: `${place}: ${says}`,
        ...(asked === undefined ? {} : { values: { host: asked.host, port: asked.port } }),
      },
    ];
  },
  again: {
    gapMs: 2_000,
    // One that comes about only now and then is told by the worse of two.
    combine: (first, second) => (first.outcome === 'open' ? second : first),
  },
};

const sshPort = 22;
const lineCharsMax = 500;

const results: Readonly<Record<Reading['outcome'], { readonly kind: FindingKind; readonly says: string }>> = {
  open: { kind: open, says: 'connected' },
  refused: { kind: refused, says: 'refused: nobody listens' },
  rejected: { kind: rejected, says: 'rejected on the way' },
  silent: { kind: silent, says: 'no answer' },
  unresolved: { kind: peerUnresolved, says: 'the name cannot be resolved' },
};

// OpenBSD: Connection to node-01 29500 port [tcp/*] succeeded! · nc: connect to node-01 (10.0.0.1) port 29500 (tcp) failed: Connection refused
//   nc: connect to 10.0.0.1 port 29500 (tcp) timed out: Operation now in progress · nc: getaddrinfo for host "x" port 22: Name or service not known
// Nmap: Ncat: Connected to 10.0.0.1:29500. · Ncat: Connection refused. · Ncat: TIMEOUT. · Ncat: No route to host.
// Traditional: node-01 [10.0.0.1] 29500 (?) open · (UNKNOWN) [10.0.0.1] 29500 (?) : Connection refused
function outcomeOf(line: string): Reading['outcome'] | null {
  if (/^Connection to .* succeeded!$|^Ncat: Connected to |\(\S*\) open$/.test(line)) return 'open';
  if (!/^(?:nc|ncat|netcat):|^Ncat: |\] \d{1,5} \(/i.test(line)) return null;
  if (/Name or service not known|name resolution|Could not resolve|forward host lookup failed/i.test(line))
    return 'unresolved';
  if (/Connection refused/i.test(line)) return 'refused';
  if (/No route to host|Network is unreachable|prohibited|Permission denied|Operation not permitted/i.test(line))
    return 'rejected';
  return /timed? ?out|in progress/i.test(line) ? 'silent' : null;
}
