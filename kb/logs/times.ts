import type { StampParts } from './stamp-parts.ts';
import { findStamp } from './stamps.ts';
import { momentOf, type ZoneContext } from './zones.ts';

/** What it takes to place a time that a line gives only in part. */
export interface TimeContext extends ZoneContext {
  /** A moment near the log's end, for formats without a year: file time, window end. */
  readonly referenceMs?: number;
  /** When the node started, for kernel lines that count seconds since then. */
  readonly bootMs?: number;
  /**
   * Moment of the last line before in the same source, or of the source's beginning. A clock time without a date is
   * placed only with this: at its first occurrence from an hour before it on.
   */
  readonly previousMs?: number;
}

/** Formats that hold a time we cannot place: the line has its own moment, but not one on the common clock. */
export const unplaceable = 'unplaceable';

/** The time at (or near) the start of a line in milliseconds since 1970, `unplaceable`, or `null` if it has none. */
export function readTime(text: string, context: TimeContext = {}): number | typeof unplaceable | null {
  const stamp = findStamp(text);
  return stamp === null ? null : place(stamp.parts, context);
}

/** The time in a field meant for it: ISO text, or a Unix time in seconds, milli-, micro- or nanoseconds by its size. */
export function readTimeField(value: unknown, context: TimeContext = {}): number | null {
  if (typeof value === 'number') return epochMs(value);
  if (typeof value !== 'string' || value.length > fieldCharsMax) return null;
  if (/^\d{10,19}(?:\.\d{1,9})?$/.test(value)) return epochMs(Number(value));
  const time = readTime(value, context);
  return typeof time === 'number' ? time : null;
}

const fieldCharsMax = 64;
const dayMs = 86_400_000;
const hourMs = 3_600_000;

// 2001 to 2286 in each unit; nothing else is taken for a Unix time.
function epochMs(value: number): number | null {
  // By way of whole microseconds, so that 0.123 does not become 122.99 milliseconds.
  if (value >= 1e9 && value < 1e10) return Math.floor(Math.round(value * 1e6) / 1e3);
  if (value >= 1e12 && value < 1e13) return Math.floor(value);
  if (value >= 1e15 && value < 1e16) return Math.floor(value / 1e3);
  if (value >= 1e18 && value < 1e19) return Math.floor(value / 1e6);
  return null;
}

function place(parts: StampParts, context: TimeContext): number | typeof unplaceable | null {
  switch (parts.kind) {
    case 'boot':
      return context.bootMs === undefined ? unplaceable : Math.round(context.bootMs + parts.seconds * 1000);
    case 'epoch':
      return parts.ms;
    case 'delta':
      return unplaceable;
    case 'clock':
      return context.previousMs === undefined ? unplaceable : (nextOccurrence(parts.dayMs, context) ?? unplaceable);
    case 'date': {
      const { month, day } = parts;
      const inYear = (year: number): number | null =>
        isDate(year, month, day) ? momentOf(Date.UTC(year, month - 1, day) + parts.dayMs, parts.zone, context) : null;
      if (parts.year === null) return inYearOfContext(inYear, context);
      return isDate(parts.year, month, day) ? (inYear(parts.year) ?? unplaceable) : null;
    }
  }
}

/** The 30th of February would become the 1st or 2nd of March. */
function isDate(year: number, month: number, day: number): boolean {
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return day >= 1 && day <= (month === 2 && isLeap ? 29 : (daysIn[month - 1] ?? 0));
}

const daysIn = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

// The 29th of February comes every four years, but for years such as 2100.
const yearsBackMax = 8;

/**
 * Without a year, a date is the latest one that is not after the log's end (a day of slack for zones): across new year
 * December falls into the year before. If only the line before is known, it is the occurrence nearest to that.
 */
function inYearOfContext(inYear: (year: number) => number | null, context: TimeContext): number | typeof unplaceable {
  const { referenceMs, previousMs } = context;
  if (referenceMs !== undefined) {
    const lastYear = yearOf(referenceMs + dayMs);
    for (let year = lastYear; year >= lastYear - yearsBackMax; year -= 1) {
      const moment = inYear(year);
      if (moment !== null && moment <= referenceMs + dayMs) return moment;
    }
    return unplaceable;
  }
  if (previousMs === undefined) return unplaceable;
  const year = new Date(previousMs).getUTCFullYear();
  const moments = [inYear(year - 1), inYear(year), inYear(year + 1)].filter((moment) => moment !== null);
  const [nearest] = moments.toSorted((a, b) => Math.abs(a - previousMs) - Math.abs(b - previousMs));
  return nearest ?? unplaceable;
}

/** The year of the last moment that was asked for: it is the same one for all lines of a source. */
const asked = { ms: Number.NaN, year: Number.NaN };

function yearOf(ms: number): number {
  if (asked.ms === ms) return asked.year;
  asked.ms = ms;
  asked.year = new Date(ms).getUTCFullYear();
  return asked.year;
}

/** Lines of one source may stand this far out of order: buffers of several ranks, clocks set back by an hour. */
const disorderMs = hourMs;

/** The first moment from `previousMs` (less the disorder) on at which the clock shows this. */
function nextOccurrence(clockMs: number, context: TimeContext): number | null {
  const { previousMs } = context;
  if (previousMs === undefined) return null;
  const earliest = previousMs - disorderMs;
  // Two days back covers every zone; then day by day to the first that is late enough.
  const midnight = Math.floor(earliest / dayMs) * dayMs - 2 * dayMs;
  for (let day = 0; day <= 5; day += 1) {
    const moment = momentOf(midnight + day * dayMs + clockMs, undefined, context);
    if (moment === null) return null;
    if (moment >= earliest) return moment;
  }
  return null;
}
