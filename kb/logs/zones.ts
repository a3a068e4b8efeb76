/** Which clock times without a zone of their own are meant in. */
export interface ZoneContext {
  /** Name in the IANA time zone database, such as `Europe/Berlin`; daylight saving is honoured. Wins over `zoneOffsetMin`. */
  readonly zone?: string;
  /** Minutes east of UTC; 0 if absent. */
  readonly zoneOffsetMin?: number;
  /** Moment of the last line before, in the same source: decides which of two 02:30 is meant when clocks go back. */
  readonly previousMs?: number;
}

/**
 * The moment of a wall-clock reading (`localMs`: the reading taken as if it were UTC), or `null` where the zone can't be
 * known: an abbreviation that several zones use, or a zone name that does not exist.
 *
 * The zone in the line wins, then the source's zone, then its offset, then UTC. An ambiguous abbreviation is the local
 * clock's by definition, so the source's zone settles it if known. When clocks go back, a reading that occurs twice is
 * the first one not before `previousMs` (less `foldSlackMs`); when they go forward, a reading that never occurs is
 * taken with the offset from before the change.
 */
export function momentOf(localMs: number, zoneText: string | undefined, context: ZoneContext): number | null {
  if (zoneText !== undefined) {
    const minutes = zoneMinutes(zoneText);
    if (minutes !== null) return localMs - minutes * minuteMs;
    if (context.zone === undefined && context.zoneOffsetMin === undefined) return null;
  }
  if (context.zone !== undefined) return inZone(localMs, context.zone, context.previousMs);
  return localMs - (context.zoneOffsetMin ?? 0) * minuteMs;
}

const minuteMs = 60_000;
const dayMs = 86_400_000;

/** East of UTC; `null` if the text stands for more than one offset or for none. */
function zoneMinutes(text: string): number | null {
  const sign = text.charCodeAt(0);
  if (sign !== plus && sign !== minus) return abbreviations[text] ?? null;
  const hours = Number(text.slice(1, 3));
  const rest = text.slice(3).replace(':', '');
  const minutes = hours * 60 + (rest === '' ? 0 : Number(rest));
  return sign === minus ? -minutes : minutes;
}

const plus = 43;
const minus = 45;

/**
 * Abbreviations that stand for one offset only, in January and July 2026 over all zones of the IANA database (2025b).
 * Not here because they stand for several: CST, CDT, IST, PST.
 */
const abbreviations: Readonly<Record<string, number | undefined>> = {
  Z: 0,
  UTC: 0,
  GMT: 0,
  ACDT: 630,
  ACST: 570,
  ADT: -180,
  AEDT: 660,
  AEST: 600,
  AKDT: -480,
  AKST: -540,
  AST: -240,
  AWST: 480,
  BST: 60,
  CAT: 120,
  CEST: 120,
  CET: 60,
  EAT: 180,
  EDT: -240,
  EEST: 180,
  EET: 120,
  EST: -300,
  HKT: 480,
  HST: -600,
  IDT: 180,
  JST: 540,
  KST: 540,
  MDT: -360,
  MSK: 180,
  MST: -420,
  NZDT: 780,
  NZST: 720,
  PDT: -420,
  PKT: 300,
  SAST: 120,
  WAT: 60,
  WEST: 60,
  WET: 0,
  WIB: 420,
};

/** All abbreviations that are read as a zone, the ambiguous ones too: those are then known not to be UTC. */
export const zoneAbbreviations: readonly string[] = [...Object.keys(abbreviations), 'CST', 'CDT', 'IST', 'PST'];

/** How far lines of one source may stand out of order before the second of two equal readings is meant. */
const foldSlackMs = 10 * minuteMs;

function inZone(localMs: number, zone: string, previousMs: number | undefined): number | null {
  const before = offsetMs(zone, localMs - dayMs);
  const after = offsetMs(zone, localMs + dayMs);
  if (before === null || after === null) return null;
  if (before === after) return localMs - before;
  const moments = [localMs - before, localMs - after]
    .filter((moment) => offsetMs(zone, moment) === localMs - moment)
    .toSorted((a, b) => a - b);
  const first = moments[0];
  if (first === undefined) return localMs - before;
  const second = moments[1];
  const firstIsPast = previousMs !== undefined && first < previousMs - foldSlackMs;
  return firstIsPast && second !== undefined ? second : first;
}

// Offsets change on quarter hours of UTC only, so one look-up serves all lines of a quarter hour.
const quarterMs = 15 * minuteMs;
const offsetsMax = 1_024;
const zonesMax = 16;

const offsets = new Map<string, Map<number, number>>();
const formatters = new Map<string, Intl.DateTimeFormat | null>();

function offsetMs(zone: string, atMs: number): number | null {
  const quarter = Math.floor(atMs / quarterMs);
  const known = offsets.get(zone)?.get(quarter);
  if (known !== undefined) return known;
  const format = formatterOf(zone);
  if (format === null) return null;
  const name = format.formatToParts(quarter * quarterMs).find(({ type }) => type === 'timeZoneName')?.value ?? '';
  const parts = /^GMT(?:([+-])(\d{2}):(\d{2}))?/.exec(name);
  const minutes = Number(parts?.[2] ?? 0) * 60 + Number(parts?.[3] ?? 0);
  const offset = (parts?.[1] === '-' ? -minutes : minutes) * minuteMs;
  if (offsets.size > zonesMax) offsets.clear();
  const ofZone = offsets.get(zone) ?? new Map<number, number>();
  if (ofZone.size >= offsetsMax) ofZone.clear();
  ofZone.set(quarter, offset);
  offsets.set(zone, ofZone);
  return offset;
}

function formatterOf(zone: string): Intl.DateTimeFormat | null {
  const known = formatters.get(zone);
  if (known !== undefined) return known;
  if (formatters.size >= zonesMax) formatters.clear();
  const made = newFormatter(zone);
  formatters.set(zone, made);
  return made;
}

function newFormatter(zone: string): Intl.DateTimeFormat | null {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
  } catch {
    return null;
  }
}
