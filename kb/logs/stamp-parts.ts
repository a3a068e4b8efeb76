/** What a time at the start of a line says, before anything is known about year, zone or boot. */
export type StampParts =
  | {
      readonly kind: 'date';
      /** `null`: the format has none. */
      readonly year: number | null;
      /** 1 to 12. */
      readonly month: number;
      readonly day: number;
      /** Milliseconds since midnight of the clock that wrote it. */
      readonly dayMs: number;
      readonly zone: string | undefined;
    }
  /** A clock time without a date, as milliseconds since midnight. */
  | { readonly kind: 'clock'; readonly dayMs: number }
  /** Seconds since the node started. */
  | { readonly kind: 'boot'; readonly seconds: number }
  /** Seconds since the line before (`dmesg --reltime`). */
  | { readonly kind: 'delta' }
  | { readonly kind: 'epoch'; readonly ms: number };

export const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** What the named groups of a time's pattern caught. */
type Groups = Readonly<Record<string, string | undefined>>;

export function dateOf(groups: Groups, bracketed: boolean): StampParts | null {
  const dayMs = clockMs(groups);
  const date = groups['first'] === undefined ? plainDate(groups) : slashedDate(groups, bracketed);
  if (dayMs === null || date === null) return null;
  const { year, month, day } = date;
  if (!(month >= 1 && month <= 12 && day >= 1 && day <= (daysIn[month - 1] ?? 0))) return null;
  return { kind: 'date', year, month, day, dayMs, zone: groups['zone'] ?? groups['shortZone'] };
}

export const daysIn = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

interface CalendarDate {
  readonly year: number | null;
  readonly month: number;
  readonly day: number;
}

function plainDate(groups: Groups): CalendarDate {
  const { year, month, monthName: name, day } = groups;
  return {
    year: year === undefined ? null : Number(year),
    month: name === undefined ? Number(month) : months.indexOf(name) + 1,
    day: Number(day),
  };
}

/**
 * Three numbers with slashes are month, day, year as Python's tools and ipmitool print them; with a two-digit year, no
 * bracket and a level behind they are year, month, day as Spark and Hadoop print them. What fits neither is no date.
 */
function slashedDate(groups: Groups, bracketed: boolean): CalendarDate | null {
  const [first, second, third] = [Number(groups['first']), Number(groups['second2']), Number(groups['third'])];
  if (groups['third']?.length === 4) return { year: third, month: first, day: second };
  const american = { year: 2000 + third, month: first, day: second };
  const isSpark = !bracketed && groups['level'] !== undefined && second >= 1 && second <= 12 && third <= 31;
  return isSpark ? { year: 2000 + first, month: second, day: third } : american;
}

export function clockMs(groups: Groups): number | null {
  const shown = Number(groups['hour']);
  const isTwelve = groups['half'] !== undefined;
  if (shown > 23 || (isTwelve && (shown < 1 || shown > 12))) return null;
  const isLater = groups['half']?.charAt(0).toLowerCase() === 'p';
  const hour = isTwelve ? (shown % 12) + (isLater ? 12 : 0) : shown;
  const second = Number(groups['second'] ?? 0);
  // 60 is a leap second.
  if (second > 60) return null;
  return ((hour * 60 + Number(groups['minute'])) * 60 + second) * 1000 + fractionMs(groups['fraction']);
}

/** Whole milliseconds of the digits behind a decimal point, cut and not rounded. */
export function fractionMs(digits: string | undefined): number {
  return digits === undefined ? 0 : Number(digits.slice(0, 3).padEnd(3, '0'));
}
