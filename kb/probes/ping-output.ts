import { ProbeParseError, type ProbeOutput } from '../schemas/probe.ts';
import { requireTool } from './missing-tool.ts';
import { numberedLines } from './text-table.ts';

/** What `ping` saw; the counts of several runs may be added up. */
export interface PingReading {
  readonly sent: number;
  readonly received: number;
  /** Round trip, milliseconds; `null` where nothing came back. */
  readonly rttMs: { readonly min: number; readonly avg: number; readonly max: number } | null;
  /** Why nothing was sent at all. */
  readonly unsent: 'unresolved' | 'no-route' | null;
  /** What the network or this host answered instead. */
  readonly rejected: 'unreachable' | 'prohibited' | 'not-permitted' | null;
  /** The largest packet that passes, bytes, where this host or a router said so. */
  readonly pathMtuBytes: number | null;
  /** The line with the counts. */
  readonly line: number | null;
}

/** Exit codes of iputils: 0 answered, 1 not (all) answered, 2 could not ask. */
export function pingIn(output: ProbeOutput): PingReading {
  requireTool(output, 'ping');
  const said = `${output.stdout}\n${output.stderr}`;
  const rejected = rejectionIn(said);
  const mtu = /(?:message too long, mtu=|Frag needed and DF set \(mtu = )(\d{1,6})/i.exec(said)?.[1];
  const pathMtuBytes = mtu === undefined ? null : Number(mtu);
  const counts = numberedLines(output).flatMap(({ text, line }) => {
    const match = countsPattern.exec(text);
    return match === null ? [] : [{ line, match }];
  })[0];
  if (counts === undefined) {
    const unsent = unsentIn(output.stderr);
    if (unsent === null || output.exitCode === 0 || output.exitCode === null)
      throw new ProbeParseError(`ping ended with ${output.exitCode ?? 'no exit code'} and printed no counts`);
    return { sent: 0, received: 0, rttMs: null, unsent, rejected, pathMtuBytes, line: null };
  }
  const [sent, received] = [Number(counts.match[1]), Number(counts.match[2])];
  if (sent < 1 || received > sent) throw new ProbeParseError(`line ${counts.line}: counts of ping that cannot be`);
  const rtt = rttPattern.exec(output.stdout);
  return {
    sent,
    received,
    rttMs: rtt === null ? null : { min: Number(rtt[1]), avg: Number(rtt[2]), max: Number(rtt[3]) },
    unsent: null,
    rejected,
    pathMtuBytes,
    line: counts.line,
  };
}

/** Two runs as one: more packets, the mean of the means. */
export function bothPings(first: PingReading, second: PingReading): PingReading {
  const received = first.received + second.received;
  const rtts = [first, second].flatMap(({ rttMs, received: weight }) => (rttMs === null ? [] : [{ rttMs, weight }]));
  return {
    ...second,
    sent: first.sent + second.sent,
    received,
    rttMs:
      rtts.length === 0 || received === 0
        ? null
        : {
            min: Math.min(...rtts.map(({ rttMs }) => rttMs.min)),
            avg: rtts.reduce((sum, { rttMs, weight }) => sum + rttMs.avg * weight, 0) / received,
            max: Math.max(...rtts.map(({ rttMs }) => rttMs.max)),
          },
    unsent: first.sent + second.sent > 0 ? null : second.unsent,
    rejected: second.rejected ?? first.rejected,
    pathMtuBytes: second.pathMtuBytes ?? first.pathMtuBytes,
  };
}

export function lossShare({ sent, received }: PingReading): number {
  return sent === 0 ? 1 : (sent - received) / sent;
}

// iputils: 3 packets transmitted, 3 received, 0% packet loss, time 402ms · "…, 0 received, +3 errors, 100% packet loss"
// inetutils and busybox: 3 packets transmitted, 3 packets received, 0% packet loss
const countsPattern = /^(\d{1,6}) packets transmitted, (\d{1,6}) (?:packets )?received,.*packet loss/;
// iputils: rtt min/avg/max/mdev = 0.087/0.102/0.119/0.013 ms · busybox: round-trip min/avg/max = 0.074/0.093/0.113 ms
const rttPattern =
  /^(?:rtt|round-trip) min\/avg\/max(?:\/(?:mdev|stddev))? = (\d{1,9}(?:\.\d{1,9})?)\/(\d{1,9}(?:\.\d{1,9})?)\/(\d{1,9}(?:\.\d{1,9})?)/m;

function unsentIn(stderr: string): PingReading['unsent'] {
  // ping: node-99: Name or service not known · ping: unknown host node-99 · bad address 'node-99'
  if (
    /Name or service not known|Temporary failure in name resolution|No address associated|unknown host|bad address/i.test(
      stderr,
    )
  )
    return 'unresolved';
  return /Network is unreachable|No route to host/i.test(stderr) ? 'no-route' : null;
}

function rejectionIn(said: string): PingReading['rejected'] {
  if (/sendmsg: Operation not permitted/.test(said)) return 'not-permitted';
  if (/Packet filtered|(?:Host|Net|Network) Prohibited/i.test(said)) return 'prohibited';
  return /Destination (?:Host|Net|Port|Protocol) Unreachable/.test(said) ? 'unreachable' : null;
}
