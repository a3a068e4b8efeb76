import { clockOffsetMs } from '../physics/tool-troubles.ts';
import type { Timeline } from '../physics/timeline.ts';
import { factSpansAt } from '../state/facts/spans.ts';
import type { WorldNode } from '../world.ts';
import type { LogLine } from './line.ts';

/**
 * Lines as a node wrote them: all its stamps come from its own clock, and where that is ahead, so are they. Which line
 * belongs to which window is the shipper's business, whose clock is right.
 */
export function asStamped<Line extends LogLine>(
  timeline: Timeline,
  node: WorldNode,
  lines: readonly Line[],
): readonly Line[] {
  if (lines.length === 0 || wasRight(timeline.of(node), node, lines)) return lines;
  return lines.map((line) => ({
    ...line,
    text: shifted(line.text, clockOffsetMs(timeline, node, line.atMs), line.atMs),
  }));
}

/** Whether the clock was right all the time in which these lines were written. A clock that was set since then was not. */
function wasRight(timeline: Timeline, { name: place }: WorldNode, lines: readonly LogLine[]): boolean {
  const fromMs = lines.reduce((least, { atMs }) => Math.min(least, atMs), Infinity);
  const toMs = lines.reduce((most, { atMs }) => Math.max(most, atMs), -Infinity);
  return factSpansAt(timeline, { fact: 'host.clock-offset-ms', place }, fromMs, toMs).length === 0;
}

/**
 * The stamps that stand in logs of the nodes, moved by so many milliseconds. Formats (all UTC):
 * `2026-11-21T03:12:59.123456+00:00`, `[2026-11-21 03:12:59]`, `2026-11-21_03:12:59`, `E1121 03:12:59.123000`,
 * `Nov 21 03:12:59`, `[Nov 21 2026 03:12:59]`. Dates of other years are no stamps.
 */
export function shifted(text: string, byMs: number, atMs: number): string {
  if (byMs === 0) return text;
  const year = new Date(atMs).getUTCFullYear();
  const moved = (date: string, time: string) => new Date(Date.parse(`${date}T${time}Z`) + byMs).toISOString();
  return text
    .replaceAll(
      /\b(\d{4})-(\d\d-\d\d)([ T_])(\d\d:\d\d:\d\d)/g,
      (all: string, in_: string, date: string, between: string, time: string) => {
        if (Number(in_) !== year) return all;
        const iso = moved(`${in_}-${date}`, time);
        return `${iso.slice(0, 10)}${between}${iso.slice(11, 19)}`;
      },
    )
    .replaceAll(
      /\b([EWI])(\d\d)(\d\d) (\d\d:\d\d:\d\d)/g,
      (_all: string, level: string, month: string, day: string, time: string) => {
        const iso = moved(`${year}-${month}-${day}`, time);
        return `${level}${iso.slice(5, 7)}${iso.slice(8, 10)} ${iso.slice(11, 19)}`;
      },
    )
    .replace(
      /^(\[?)([A-Z][a-z]{2}) ([ \d]\d)( \d{4})? (\d\d:\d\d:\d\d)/,
      (all: string, open: string, name: string, day: string, in_: string | undefined, time: string) => {
        const month = months.indexOf(name) + 1;
        if (month === 0) return all;
        const pad = (value: number) => String(value).padStart(2, '0');
        const iso = moved(`${year}-${pad(month)}-${pad(Number(day))}`, time);
        // With a year the day has two digits, without one it is padded.
        const shownDay = in_ === undefined ? String(Number(iso.slice(8, 10))).padStart(2) : iso.slice(8, 10);
        return `${open}${months[Number(iso.slice(5, 7)) - 1]} ${shownDay}${in_ === undefined ? '' : ` ${iso.slice(0, 4)}`} ${iso.slice(11, 19)}`;
      },
    );
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
