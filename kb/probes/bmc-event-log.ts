import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe } from '../schemas/probe.ts';
import { bmcArgs, bmcDevices, ipmitool, ipmitoolAllowed, type BmcArgs } from './bmc-arguments.ts';
import { bmcEventFindings, type BmcEvent } from './bmc-event-findings.ts';
import { bmcEventKinds, bmcQuiet, bmcSilent, isSilentController } from './bmc-kinds.ts';
import { requiredLines } from './text-table.ts';

interface Reading {
  readonly answers: boolean;
  /** Oldest first. */
  readonly events: readonly BmcEvent[];
}

const kinds: readonly FindingKind[] = [...bmcEventKinds, bmcSilent, bmcQuiet];

/** The system event log of the management controller: why a dead node is dead, when nothing on it can be asked. */
export const bmcEventLog: Probe<BmcArgs, Reading> = {
  id: 'bmc.event-log',
  platform: 'nvidia-linux',
  summary: 'the last 200 events of the management controller: power, heat, processors, memory, supplies, fans',
  question: 'What did the management controller see before the node died?',
  aspect: 'stability',
  side: 'supply',
  privilege: 'user',
  via: 'management',
  impact: 'passive',
  costMs: 3_000,
  timeoutMs: 40_000,
  outputBytesMax: 65_536,
  quotes: true,
  args: bmcArgs,
  devices: bmcDevices,
  argv: ({ bmc }) => ipmitool(bmc, 'sel', 'elist', 'last', '200'),
  allow: ipmitoolAllowed('sel elist last 200'),
  parse(output) {
    if (isSilentController(output, 'ipmitool')) return { answers: false, events: [] };
    const lines = requiredLines(output, 'ipmitool');
    if (lines.length === 1 && lines[0]?.text.startsWith('SEL has no entries') === true)
      return { answers: true, events: [] };
    const dayFirst = lines.some(({ text }) => Number(/\| (\d\d)\/\d\d\//.exec(text)?.[1] ?? 0) > 12);
    return {
      answers: true,
      events: lines
        .filter(({ text }) => !text.startsWith('SEL has no more entries'))
        .flatMap(({ text, line }) => eventIn(text, line, dayFirst) ?? []),
    };
  },
  outcomes: kinds,
  meaning: ({ answers, events }) =>
    answers ? bmcEventFindings(events) : [{ kind: bmcSilent.id, text: 'the management controller does not answer' }],
};

// ipmitool 1.8.18:   1 | 06/14/2023 | 10:01:17 | Power Supply PS2 Status | Power Supply AC lost | Asserted
// 1.8.19:   3a | 12/14/22 | 23:09:44 CET | Memory #0x88 | Correctable ECC (CPU0_G1) | Asserted
// Before the clock was set:   5 |  Pre-Init  |0000000123| System Event #0x01 | Timestamp Clock Sync | Asserted
// Records of a vendor's own kind say nothing that can be read:   9 | Linux kernel panic: Fatal excep · a | OEM record dc | 000000
function eventIn(text: string, line: number, dayFirst: boolean): BmcEvent | null {
  const cells = text.split('|').map((cell) => cell.trim());
  const [record = '', date = '', time = '', sensor = '', ...rest] = cells;
  if (!/^[0-9a-fA-F]{1,8}$/.test(record) || cells.length < 2)
    throw new ProbeParseError(`line ${line}: not an event of ipmitool sel elist`);
  if (cells.length < 5 || sensor === '') return null;
  const direction = rest.findLast((cell) => /^(?:Asserted|Deasserted)$/.test(cell));
  // Without the record number, the same event reads the same.
  const what = rest.filter((cell) => cell !== direction && !cell.startsWith('Reading '));
  return {
    line,
    atMs: timeOf(date, time, dayFirst),
    sensor,
    text: `| ${sensor} | ${what.join(' | ')} | Asserted`,
    asserted: direction !== 'Deasserted',
  };
}

/**
 * Older versions print the controller's time as it is, by custom UTC; newer ones in the zone of the management host,
 * with its name. `null` where the zone is unknown.
 */
function timeOf(date: string, time: string, dayFirst: boolean): number | null {
  const day = /^(\d\d)\/(\d\d)\/(\d{2}|\d{4})$/.exec(date);
  const clock = /^(\d\d):(\d\d):(\d\d)(?: (AM|PM))?(?: (\S{1,6}))?$/.exec(time);
  const offset = clock === null ? null : offsetMs(clock[5]);
  if (day === null || clock === null || offset === null) return null;
  const [first, second, yearText] = [Number(day[1]), Number(day[2]), day[3] ?? ''];
  const [dayOfMonth, month] = dayFirst ? [first, second] : [second, first];
  const year = Number(yearText) + (yearText.length === 2 ? 2_000 : 0);
  const hour = (Number(clock[1]) % (clock[4] === undefined ? 24 : 12)) + (clock[4] === 'PM' ? 12 : 0);
  const at = Date.UTC(year, month - 1, dayOfMonth, hour, Number(clock[2]), Number(clock[3])) - offset;
  return Number.isFinite(at) ? at : null;
}

function offsetMs(zone: string | undefined): number | null {
  const hourMs = 3_600_000;
  if (zone === undefined || zone === 'UTC' || zone === 'GMT') return 0;
  if (zone === 'CET') return hourMs;
  if (zone === 'CEST') return 2 * hourMs;
  const numeric = /^([+-])(\d\d)(?::?(\d\d))?$/.exec(zone);
  if (numeric === null) return null;
  return (numeric[1] === '-' ? -1 : 1) * (Number(numeric[2]) * hourMs + Number(numeric[3] ?? 0) * 60_000);
}
