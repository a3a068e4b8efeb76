import { z } from 'zod';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe, type ProbeFinding } from '../schemas/probe.ts';
import { orClean } from './clean.ts';
import { isLoopback } from './network-words.ts';
import { rendezvousOf } from './rendezvous-hosts.ts';
import { requiredLines } from './text-table.ts';

const source = 'https://man7.org/linux/man-pages/man8/ss.8.html';

const queueFull: FindingKind = {
  id: 'net.listener.queue-full',
  summary: 'a program does not accept the connections that wait for it: it hangs, or too many come at once',
  role: 'symptom',
  weighs: { 'rendezvous-resolution': 1.5, 'long-rank0-work-timeout': 0.5 },
  source,
};
const onLoopback: FindingKind = {
  id: 'net.listener.rendezvous-on-loopback',
  summary: 'the rendezvous of a job listens on the node itself only, so that no other node can join',
  role: 'cause',
  weighs: { 'rendezvous-resolution': 4, 'socket-interface-mismatch': 1 },
  source,
};
const absent: FindingKind = {
  id: 'net.listener.rendezvous-absent',
  summary: 'nobody listens where a job meets on this node: not started yet, ended, or started elsewhere',
  role: 'context',
  weighs: { 'rendezvous-resolution': 1 },
  source,
};
const fine: FindingKind = {
  id: 'net.listener.fine',
  summary: 'programs of the node accept what connects to them',
  role: 'clean',
  weighs: { 'rendezvous-resolution': -0.4 },
  source,
};
const kinds = [queueFull, onLoopback, absent, fine];

const args = z.object({ rendezvousPort: z.int().min(1).max(65_535).optional() });

interface Listener {
  readonly line: number;
  readonly address: string;
  readonly port: number;
  /** Connections that wait to be accepted, and how many may. */
  readonly waiting: number;
  readonly waitingMax: number;
}
interface Reading {
  readonly listeners: readonly Listener[];
}

/** Ports on which programs of the node listen. */
export const netListeners: Probe<z.infer<typeof args>, Reading> = {
  id: 'net.listeners',
  platform: 'nvidia-linux',
  summary: 'ports on which the node listens, and connections that wait to be accepted',
  question: 'Does the rendezvous of a job listen on this node, where others can reach it?',
  aspect: 'correctness',
  side: 'demand',
  privilege: 'user',
  impact: 'passive',
  costMs: 50,
  timeoutMs: 15_000,
  outputBytesMax: 131_072,
  args,
  // Only of jobs that meet on this node; the command is the same.
  devices(node, site) {
    const own = site.nodes.find(({ name }) => name === node.name);
    return rendezvousOf(site)
      .filter(({ host }) => host === own?.name || host === own?.address)
      .map(({ port }) => ({ rendezvousPort: port }));
  },
  argv: () => ['ss', '-Hltn'],
  parse: (output) => ({ listeners: requiredLines(output, 'ss').map(({ text, line }) => listenerIn(text, line)) }),
  outcomes: kinds,
  meaning({ listeners }, _node, asked) {
    const seen: ProbeFinding[] = listeners
      .filter(({ waiting, waitingMax }) => waitingMax > 0 && waiting > waitingMax)
      .slice(0, findingsMax)
      .map(({ address, port, waiting, waitingMax, line }) => ({
        kind: queueFull.id,
        text: `${waiting} connections wait at ${address} port ${port}, room for ${waitingMax}`,
        line,
        values: { port, waiting, waitingMax },
      }));
    const port = asked?.rendezvousPort;
    const here = listeners.filter((one) => one.port === port);
    if (port !== undefined && here.length === 0)
      seen.push({ kind: absent.id, text: `nobody listens on port ${port}`, values: { port } });
    else if (here.length > 0 && here.every(({ address }) => isLoopback(address)))
      seen.push({
        kind: onLoopback.id,
        text: `port ${port ?? 0} is listened on at ${here[0]?.address ?? 'loopback'} only`,
        line: here[0]?.line ?? 1,
        values: { port: port ?? 0 },
      });
    return orClean(seen, kinds, { kind: fine.id, text: `${listeners.length} ports are listened on` });
  },
};

const findingsMax = 5;

// LISTEN 0      128          0.0.0.0:22        0.0.0.0:* · LISTEN 0 4096 127.0.0.53%lo:53 0.0.0.0:* · LISTEN 0 511 *:80 *:*
function listenerIn(text: string, line: number): Listener {
  const match =
    /^(?:LISTEN\s+)?(\d{1,9})\s+(\d{1,9})\s+(\[[0-9a-fA-F:.]{2,45}\]|\*|[0-9.]{7,15}|[0-9a-fA-F:]{2,45})(?:%[\w.-]{1,20})?:(\d{1,5})\s+\S{1,60}:\*/.exec(
      text,
    );
  if (match === null) throw new ProbeParseError(`line ${line}: not a listener of ss`);
  return {
    line,
    address: (match[3] ?? '').replaceAll(/[[\]]/g, ''),
    port: Number(match[4]),
    waiting: Number(match[1]),
    waitingMax: Number(match[2]),
  };
}
