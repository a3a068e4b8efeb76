/** What it takes to place a time that a line gives only in part. */
export interface TimeContext {
  /** A moment near the log's end, for formats without a year: file time, window end. */
  readonly referenceMs?: number;
  /** Minutes east of UTC of times without a zone; 0 if absent. */
  readonly zoneOffsetMin?: number;
  /** When the node started, for kernel lines that count seconds since then. */
  readonly bootMs?: number;
}

/** Formats that hold a time we cannot place: the line has its own moment, but not one on the common clock. */
export const unplaceable = 'unplaceable';

/** The time at (or near) the start of a line in milliseconds since 1970, `unplaceable`, or `null` if it has none. */
export function readTime(text: string, context: TimeContext = {}): number | typeof unplaceable | null {
  const head = text.length > headCharsMax ? text.slice(0, headCharsMax) : text;
  if (!digitPattern.test(head)) return null;
  for (const format of formats) {
    const parts = format.pattern.exec(head);
    if (parts?.groups !== undefined) return place(parts.groups, format, context);
  }
  return null;
}

// Times stand at the start, behind a rank, host or stream prefix at most.
const headCharsMax = 120;
const digitPattern = /\d/;

interface TimeFormat {
  /** Named groups: year month|monthName day hour minute second fraction zone, or bootSeconds, or unixMs. */
  readonly pattern: RegExp;
}

/** What may stand before the time: rank tags of torchrun, Open MPI and srun, container stream marks, an opening bracket. */
const before = String.raw`^(?:\[\d{1,6}(?:,\d{1,6})?\](?:<std(?:out|err)>)?:?\s?|\[(?:rank|default)\s?\d{1,6}\]:?\s?|\d{1,6}: |\([^()]{1,60}\)\s|[\w.-]{1,63}: )?\s{0,4}`;
const clock = String.raw`(?<hour>[0-2]\d):(?<minute>[0-5]\d):(?<second>[0-6]\d)(?:[.,:](?<fraction>\d{1,9}))?`;
const zone = String.raw`(?:\s?(?<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2}))?`;
const monthName = String.raw`(?<monthName>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)`;

/** Most specific first; one real line each in test/kb/logs/times.test.ts. */
const formats: readonly TimeFormat[] = [
  // 2026-11-21T03:12:59.123Z, [2026-11-21 03:12:59,123], 2026/11/21 03:12:59, [2026-11-21 03:12:59.123456+00:00]
  {
    pattern: new RegExp(
      String.raw`${before}\[?(?<year>20\d{2})[-/.](?<month>[01]\d)[-/.](?<day>[0-3]\d)[T _-]${clock}${zone}`,
    ),
  },
  // [11/21/26 03:12:59] (rich), 11/21/2026 03:12:59 (transformers, fairseq)
  { pattern: new RegExp(String.raw`${before}\[?(?<month>[01]\d)/(?<day>[0-3]\d)/(?<year>(?:20)?\d{2}),? ${clock}`) },
  // 11/21 03:12:59 - mmengine - INFO
  { pattern: new RegExp(String.raw`${before}\[?(?<month>[01]\d)[/-](?<day>[0-3]\d) ${clock}`) },
  // [rank3]:[W1121 03:12:59.123456789 ProcessGroupNCCL.cpp:1250], W1121 03:12:59.123456 4242 api.py:88]
  { pattern: new RegExp(String.raw`${before}\[?[DIWEFC](?<month>1[0-2]|0?[1-9])(?<day>[0-3]\d) ${clock}`) },
  // E20261121 03:12:59 (glog with year)
  { pattern: new RegExp(String.raw`${before}\[?[DIWEFC](?<year>20\d{2})(?<month>[01]\d)(?<day>[0-3]\d) ${clock}`) },
  // [Sat Nov 21 03:12:59 2026] (dmesg -T), Sat Nov 21 03:12:59 UTC 2026 (date)
  {
    pattern: new RegExp(
      String.raw`${before}\[?(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ${monthName} {1,2}(?<day>[0-3]?\d) ${clock}(?: (?<zone>UTC|GMT))?(?: [A-Z]{3,5})? (?<year>20\d{2})`,
    ),
  },
  // Nov 21 03:12:59 node-07 kernel: … (syslog), 2026 Nov 21 03:12:59 node-07 … (with year)
  {
    pattern: new RegExp(
      String.raw`${before}(?:<\d{1,3}>)?(?:(?<year>20\d{2}) )?${monthName} {1,2}(?<day>[0-3]?\d)(?:,? (?<year2>20\d{2}))? ${clock}${zone}`,
    ),
  },
  // 21/Nov/2026:03:12:59 +0000 (access logs), 21-Nov-2026 03:12:59
  {
    pattern: new RegExp(String.raw`${before}\[?(?<day>[0-3]\d)[/-]${monthName}[/-](?<year>20\d{2})[: ]${clock}${zone}`),
  },
  // [ 1843.308145] NVRM: … (seconds since boot)
  { pattern: /^(?:<\d{1,3}>)?(?:[\w.-]{1,63} kernel: )?\[\s{0,8}(?<bootSeconds>\d{1,9}\.\d{6})\]/ },
  // 1795230779.123456 (Unix seconds), {"ts":1795230779123 …} is left to the structured reader
  { pattern: /^\[?(?<unixSeconds>1[5-9]\d{8}\.\d{3,9})\b/ },
];

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const dayMs = 86_400_000;

function place(
  parts: Readonly<Record<string, string | undefined>>,
  _format: TimeFormat,
  context: TimeContext,
): number | typeof unplaceable | null {
  if (parts['bootSeconds'] !== undefined)
    return context.bootMs === undefined
      ? unplaceable
      : Math.round(context.bootMs + Number(parts['bootSeconds']) * 1000);
  if (parts['unixSeconds'] !== undefined) return Math.floor(Number(parts['unixSeconds']) * 1000);
  const month = parts['monthName'] === undefined ? Number(parts['month']) - 1 : months.indexOf(parts['monthName']);
  const day = Number(parts['day']);
  if (month < 0 || month > 11 || day < 1 || day > 31) return null;
  const year = fullYear(parts['year'] ?? parts['year2']);
  const offsetMin = zoneMinutes(parts['zone']) ?? context.zoneOffsetMin ?? 0;
  const inYear = (ofYear: number): number =>
    Date.UTC(ofYear, month, day, Number(parts['hour']), Number(parts['minute']), Number(parts['second'])) +
    Math.floor(Number(`0.${parts['fraction'] ?? '0'}`) * 1000) -
    offsetMin * 60_000;
  if (year !== null) return inYear(year);
  if (context.referenceMs === undefined) return unplaceable;
  const referenceYear = new Date(context.referenceMs).getUTCFullYear();
  const thisYear = inYear(referenceYear);
  // A day of slack for zones; anything later than the log's end belongs to the year before.
  return thisYear > context.referenceMs + dayMs ? inYear(referenceYear - 1) : thisYear;
}

function fullYear(text: string | undefined): number | null {
  if (text === undefined) return null;
  return text.length === 2 ? 2000 + Number(text) : Number(text);
}

function zoneMinutes(text: string | undefined): number | null {
  if (text === undefined) return null;
  const parts = /^([+-])(\d{2}):?(\d{2})$/.exec(text);
  if (parts === null) return 0;
  const minutes = Number(parts[2]) * 60 + Number(parts[3]);
  return parts[1] === '-' ? -minutes : minutes;
}
