import { ProbeParseError } from '../schemas/probe.ts';
import { clockProbe, noTimeServer } from './clock-probe.ts';
import { requireTool, ToolMissingError } from './missing-tool.ts';
import { rounded } from './rounded.ts';
import { requiredLines } from './text-table.ts';

/** How well ntpd keeps the clock: that of ntp.org and ntpsec. */
export const hostClockNtpd = clockProbe({
  id: 'host.clock-ntpd',
  insteadOf: 'host.clock-sync',
  summary: 'how far the clock of the node is off, on nodes with ntpd',
  daemon: 'ntpd',
  command: ['ntpq', '-pn'],
  parse(output) {
    requireTool(output, 'ntpq');
    const said = `${output.stdout}\n${output.stderr}`;
    // The tool comes alone with some distributions; another daemon may keep the clock.
    if (/ntpq: read: Connection refused|timed out, nothing received/.test(said))
      throw new ToolMissingError('ntpd does not run on the node');
    if (/No association ID's returned/i.test(said)) return noTimeServer;
    const [head, rule, ...rows] = requiredLines(output, 'ntpq');
    if (
      !/^ +remote +refid +st +t +when +poll +reach +delay +offset +jitter$/.test(head?.text ?? '') ||
      !/^=+$/.test(rule?.text ?? '')
    )
      throw new ProbeParseError('line 1: not the head of ntpq -p');
    const peers = rows.map(({ text, line }) => peerIn(text, line));
    // The one that the clock follows, and a pulse a second beside it. A node's own clock is nobody's reference.
    const followed = peers.find(({ tally, refid }) => /^[*o]$/.test(tally) && refid !== '.LOCL.');
    if (followed === undefined) return noTimeServer;
    const { stratum, offsetMs, line } = followed;
    return { synchronised: true, stratum: stratum + 1, offMs: rounded(Math.abs(offsetMs), 3), line };
  },
});

interface Peer {
  readonly tally: string;
  readonly refid: string;
  readonly stratum: number;
  readonly offsetMs: number;
  readonly line: number;
}

// *ns1.admincmd.co 145.238.203.14   2 u  147 1024  377  279.106  -122.38  43.577
const peerPattern =
  /^([ x.+#*o-])(\S{1,60}) +(\S{1,40}) +(\d{1,2}) [a-zA-Z-] +[\dmhdy-]{1,8} +\d{1,7}[mhdy]? +[0-7]{1,3} +-?[\d.]{1,12} +([+-]?[\d.]{1,12}) +[\d.]{1,12}$/;

function peerIn(text: string, line: number): Peer {
  const match = peerPattern.exec(text);
  const offsetMs = Number(match?.[5]);
  if (match === null || !Number.isFinite(offsetMs)) throw new ProbeParseError(`line ${line}: not a peer of ntpq -p`);
  return { tally: match[1] ?? '', refid: match[3] ?? '', stratum: Number(match[4]), offsetMs, line };
}
