import { ProbeParseError } from '../schemas/probe.ts';
import { clockProbe, noTimeServer } from './clock-probe.ts';
import { requireTool, ToolMissingError } from './missing-tool.ts';
import { rounded } from './rounded.ts';
import { requiredLines } from './text-table.ts';

/**
 * How well systemd's own time client keeps the clock. It is asked over the bus, which starts one that is enabled and does
 * not run, as the next boot would; one that is not enabled stays as it is.
 */
export const hostClockTimesyncd = clockProbe({
  id: 'host.clock-timesyncd',
  insteadOf: 'host.clock-sync',
  summary: 'how far the clock of the node is off, on nodes with systemd-timesyncd',
  daemon: 'systemd-timesyncd',
  command: ['timedatectl', 'timesync-status'],
  parse(output) {
    requireTool(output, 'timedatectl');
    // Failed to query server: Unit dbus-org.freedesktop.timesync1.service not found. Newer ones say the second.
    if (
      output.exitCode !== 0 &&
      /^(?:Failed to query server|Command requires systemd-timesyncd|Failed to connect to bus)/m.test(output.stderr)
    )
      throw new ToolMissingError('systemd-timesyncd is not installed or not enabled on the node');
    const fields = new Map<string, { readonly value: string; readonly line: number }>();
    for (const { text, line } of requiredLines(output, 'timedatectl')) {
      const field = /^ {0,40}([A-Z][A-Za-z ]{2,20}): (.{1,200})$/.exec(text);
      if (field === null) throw new ProbeParseError(`line ${line}: not a field of timedatectl timesync-status`);
      fields.set(field[1] ?? '', { value: (field[2] ?? '').trim(), line });
    }
    const packets = fields.get('Packet count')?.value ?? '';
    if (!fields.has('Server') || !/^\d{1,9}$/.test(packets))
      throw new ProbeParseError('no server or no count of packets of timedatectl timesync-status');
    // No server has answered yet.
    if (Number(packets) === 0) return noTimeServer;
    const [leap, stratum, offset] = ['Leap', 'Stratum', 'Offset'].map((name) => fields.get(name));
    const offMs = timespanMs(offset?.value ?? '');
    if (leap === undefined || offset === undefined || !/^\d{1,2}$/.test(stratum?.value ?? '') || offMs === null)
      throw new ProbeParseError('no leap, stratum or offset of timedatectl timesync-status');
    return {
      synchronised: leap.value !== 'not synchronized',
      stratum: Number(stratum?.value),
      offMs: rounded(offMs, 3),
      line: offset.line,
    };
  },
});

// -1.666ms · +28us · 0 · +1min 2.345s · +8h 353ms (systemd's format_timespan, with a sign)
const unitMs: Readonly<Record<string, number>> = {
  us: 0.001,
  ms: 1,
  s: 1_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  month: 2_629_800_000,
  y: 31_557_600_000,
};

function timespanMs(text: string): number | null {
  const words = text.replace(/^[+-]/, '').split(' ').slice(0, wordsMax);
  const parts = words.map((word) => {
    const part = /^(\d{1,9}(?:\.\d{1,9})?)([a-z]{1,5})?$/.exec(word);
    // A bare number is zero.
    const unit = part?.[2] === undefined && Number(part?.[1]) === 0 ? 0 : unitMs[part?.[2] ?? ''];
    return part === null || unit === undefined ? null : Number(part[1]) * unit;
  });
  return parts.reduce((sum, part) => (sum === null || part === null ? null : sum + part), 0);
}

/** One for each unit. */
const wordsMax = 9;
