import { clockMs, dateOf, daysIn, fractionMs, months, type StampParts } from './stamp-parts.ts';
import { zoneAbbreviations } from './zones.ts';

export interface Stamp {
  readonly parts: StampParts;
  /** Where the time itself begins in the line, and where what follows it does (a closing bracket is skipped). */
  readonly start: number;
  readonly end: number;
}

/** The time at the start of a line, behind tags of launchers, streams and levels at most; `null` if it has none. */
export function findStamp(text: string): Stamp | null {
  const head = text.length > headCharsMax ? text.slice(0, headCharsMax) : text;
  let at = afterBlanks(head, 0);
  let behindWord = false;
  for (let peeled = 0; peeled <= prefixesMax && at < head.length; peeled += 1) {
    const stamp = stampAt(head, at, behindWord);
    if (stamp !== null) return stamp;
    const unit = head.charCodeAt(at);
    const behind = afterPrefix(head, at, unit);
    if (behind === at) return null;
    behindWord ||= isLetter(unit);
    at = afterBlanks(head, behind);
  }
  return null;
}

// Times stand at the start, behind a few tags at most; the longest real one is Slurm's "*** STEP … CANCELLED AT".
const headCharsMax = 200;
const prefixesMax = 4;

const clock = String.raw`(?<hour>[0-2]?\d):(?<minute>[0-5]\d):(?<second>[0-6]\d)(?:[.,:](?<fraction>\d{1,9}))?`;
const half = String.raw`(?:\s?(?<half>[AaPp][Mm]))?(?![A-Za-z0-9])`;
const offset = String.raw`[+-](?:0\d|1[0-4]):?[0-5]\d(?!\d)`;
const zone = String.raw`(?:\s?(?<zone>(?:${zoneAbbreviations.join('|')})\b|${offset})|(?<shortZone>[+-](?:0\d|1[0-4]))(?![\d:]))?`;
const monthName = `(?<monthName>${months.join('|')})`;
const weekday = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)';

const zoneFormat = new RegExp(zone, 'y');

/** Named groups: year month|monthName day hour minute second fraction half zone; sticky, so nothing is searched. */
const sticky = (...pattern: readonly string[]): RegExp => new RegExp(pattern.join(''), 'y');

/** By the first character of the time itself, most specific first; real lines in test/kb/logs/times.test.ts. */
const digitFormats: readonly RegExp[] = [
  // 2026-11-21T03:12:59.123Z, 2026-11-21 03:12:59,123, 2026/11/21 03:12:59, 2026-11-21_03:12:59
  sticky(String.raw`(?<year>20\d{2})[-/.](?<month>[01]\d)[-/.](?<day>[0-3]\d)[T _-]`, clock, zone),
  // 11/21/26 03:12:59 (rich), 11/21/2026 03:12:59 AM (transformers, ipmitool), 26/11/21 03:12:59 INFO (Spark)
  sticky(
    String.raw`(?<first>\d{1,2})/(?<second2>\d{1,2})/(?<third>(?:20)?\d{2})(?:,| \|)? `,
    clock,
    half,
    zone,
    String.raw`(?<level>,?\d{0,3} (?:TRACE|DEBUG|INFO|WARN|ERROR|FATAL) )?`,
  ),
  // 11/21 03:12:59 - mmengine, 11-21 03:12:59 [core.py:396] (vLLM)
  sticky(String.raw`(?<month>[01]\d)[/-](?<day>[0-3]\d) `, clock),
  // 21/Nov/2026:03:12:59 +0000 (access logs), 21-Nov-2026 03:12:59
  sticky(String.raw`(?<day>[0-3]?\d)[/ -]`, monthName, String.raw`[/ -](?<year>20\d{2})[: ]`, clock, half, zone),
  // 20261121T031259Z, 20261121 03:12:59.123
  sticky(
    String.raw`(?<year>20\d{2})(?<month>[01]\d)(?<day>[0-3]\d)[T _-](?<hour>[0-2]\d):?(?<minute>[0-5]\d):?(?<second>[0-6]\d)(?!\d)(?:[.,](?<fraction>\d{1,9}))?`,
    zone,
  ),
  // 2026 Nov 21 03:12:59 node-07 kernel: … (syslog with year)
  sticky(String.raw`(?<year>20\d{2}) `, monthName, String.raw` {1,2}(?<day>[0-3]?\d) `, clock, zone),
];

const letterFormats: readonly RegExp[] = [
  // W1121 03:12:59.123456  4242 api.py:88] (glog, klog), E321 02:07:08.408271257 ProcessGroupNCCL.cpp:607]
  sticky(String.raw`[DIWEFCV](?<month>1[0-2]|0?[1-9])(?<day>[0-3]\d) `, clock),
  // E20261121 03:12:59 (glog with year)
  sticky(String.raw`[DIWEFCV](?<year>20\d{2})(?<month>[01]\d)(?<day>[0-3]\d) `, clock),
  // Sat Nov 21 03:12:59 2026 (dmesg -T), Sat Nov 21 03:12:59 AM UTC 2026 (date)
  sticky(
    weekday,
    ' ',
    monthName,
    String.raw` {1,2}(?<day>[0-3]?\d) `,
    clock,
    String.raw`(?: (?<half>[AP]M))?(?: (?<zone>[A-Z]{3,5}|[+-]\d{2,4}))? (?<year>20\d{2})`,
  ),
  // Sat, 21 Nov 2026 03:12:59 +0000 (date -R), Sat 21 Nov 2026 03:12:59 AM UTC (date)
  sticky(weekday, String.raw`,? (?<day>[0-3]?\d) `, monthName, String.raw` (?<year>20\d{2}) `, clock, half, zone),
  // Sat 2026-11-21 03:12:59 UTC node-07 kernel: … (journalctl -o short-full)
  sticky(weekday, String.raw` (?<year>20\d{2})-(?<month>[01]\d)-(?<day>[0-3]\d) `, clock, zone),
  // Nov 21 03:12:59 node-07 kernel: … (syslog), Nov 21 2026 03:12:59 (fabric manager), Nov 21, 2026 3:12:59 AM (Java)
  sticky(monthName, String.raw` {1,2}(?<day>[0-3]?\d)(?:,? (?<year>20\d{2}),?)? `, clock, half, zone),
];

// [Nov21 03:12] NVRM: … (dmesg -e)
const humanKernelFormat = sticky(
  String.raw`\[`,
  monthName,
  String.raw` ?(?<day>[0-3]?\d) (?<hour>[0-2]\d):(?<minute>[0-5]\d)\]`,
);
// [ 1843.308145] NVRM: …, [ 1843.308145 <    0.000123>] …
const bootFormat = /\[\s{0,8}(\d{1,9}\.\d{3,9})(?:\s{1,4}<\s{0,8}\d{1,7}\.\d{3,9}\s?>)?\]/y;
// [  +0.000012] NVRM: … (dmesg -e)
const deltaFormat = /\[\s{0,8}\+\d{1,7}\.\d{3,9}\]/y;
// 1795230779.123456 node-07 … (journalctl -o short-unix), audit(1795230779.123:42)
const epochFormat = /((?:1[5-9]|20)\d{8})\.(\d{3,9})(?![\d.])/y;
// 1795230779123 … Bare seconds before a plain word are a count ("1600000000 tokens"), so a sign or name must follow.
const wholeEpochFormat = /(?:1[5-9]|20)\d{8}(?:(?:\d{3}){1,3}(?=[\s,;|\]:])|(?=[,;|\]\t]|: | {1,4}[[{"<(A-Z\d-]))/y;
// 03:12:59.123 …
const clockFormat = sticky(clock, half, String.raw`(?=[\s\],|]|$)`);

function stampAt(head: string, at: number, behindWord: boolean): Stamp | null {
  const first = head.charCodeAt(at);
  const bracketed = first === openBracket;
  if (bracketed) {
    const kernel = kernelStamp(head, at);
    if (kernel !== null) return kernel;
  }
  const start = bracketed || first === quote ? afterBlanks(head, at + 1) : at;
  const unit = head.charCodeAt(start);
  if (isDigit(unit)) {
    return (
      isoStamp(head, start) ??
      dateStamp(digitFormats, head, start, bracketed) ??
      numberStamp(head, start) ??
      clockStamp(head, start, behindWord)
    );
  }
  return isUpper(unit) ? (syslogStamp(head, start) ?? dateStamp(letterFormats, head, start, bracketed)) : null;
}

/**
 * The first characters of a line that begins with a plain syslog time, and that alone settle what time it is; `null` for
 * any other line. Lines of one second have the same ones.
 */
export function syslogSecond(text: string): string | null {
  if (text.length < syslogChars || !isUpper(text.charCodeAt(0)) || syslogStamp(text, 0) === null) return null;
  return text.slice(0, syslogChars);
}

// The time, a blank, and the two characters behind it that show that no zone follows.
const syslogChars = 18;

/** `Nov 21 03:12:59 node-07 …` by hand, as often as the one above; anything odd is left to the patterns. */
function syslogStamp(head: string, start: number): Stamp | null {
  if (head.charCodeAt(start + 3) !== blank || head.charCodeAt(start + 6) !== blank) return null;
  if (head.charCodeAt(start + 9) !== colon || head.charCodeAt(start + 12) !== colon) return null;
  const end = start + 15;
  // What may be a half of the day, a zone or a fraction has to be read; a host's name is none of them.
  const next = head.charCodeAt(end + 1);
  if (head.charCodeAt(end) !== blank || !isLower(next) || (head.charCodeAt(end + 2) | 32) === letterM) return null;
  const month = months.indexOf(head.slice(start, start + 3)) + 1;
  const tens = head.charCodeAt(start + 4) === blank ? 0 : digits(head, start + 4, 1);
  const day = tens * 10 + digits(head, start + 5, 1);
  const hour = digits(head, start + 7, 2);
  const minute = digits(head, start + 10, 2);
  const second = digits(head, start + 13, 2);
  // Not a number compares false.
  const isTime = day >= 1 && day <= (daysIn[month - 1] ?? 0) && hour <= 23 && minute <= 59 && second <= 60;
  if (!isTime) return null;
  const dayMs = ((hour * 60 + minute) * 60 + second) * 1000;
  return { parts: { kind: 'date', year: null, month, day, dayMs, zone: undefined }, start, end };
}

/** The commonest format by hand, several times faster than the pattern; anything odd is left to that. */
function isoStamp(head: string, start: number): Stamp | null {
  const between = head.charCodeAt(start + 4);
  if (between !== dash && between !== slash) return null;
  const year = digits(head, start, 4);
  const month = digits(head, start + 5, 2);
  const day = digits(head, start + 8, 2);
  const separator = head.charCodeAt(start + 10);
  if (head.charCodeAt(start + 7) !== between || (separator !== letterT && separator !== blank)) return null;
  const hour = digits(head, start + 11, 2);
  const minute = digits(head, start + 14, 2);
  const second = digits(head, start + 17, 2);
  if (head.charCodeAt(start + 13) !== colon || head.charCodeAt(start + 16) !== colon) return null;
  // Not a number compares false.
  const isDate =
    year >= 2000 && year < 2100 && month >= 1 && month <= 12 && day >= 1 && day <= (daysIn[month - 1] ?? 0);
  if (!isDate || !(hour <= 23 && minute <= 59 && second <= 60)) return null;
  let end = start + 19;
  let ms = 0;
  const point = head.charCodeAt(end);
  if ((point === 46 || point === 44 || point === colon) && isDigit(head.charCodeAt(end + 1))) {
    const first = end + 1;
    end = first;
    while (end - first < 9 && isDigit(head.charCodeAt(end))) end += 1;
    ms = fractionMs(head.slice(first, end));
  }
  const dayMs = ((hour * 60 + minute) * 60 + second) * 1000 + ms;
  const next = head.charCodeAt(end) === blank ? head.charCodeAt(end + 1) : head.charCodeAt(end);
  const mayBeZone = isUpper(next) || next === 43 || next === dash;
  const found = mayBeZone ? matchAt(zoneFormat, head, end) : null;
  return stampOf(
    { kind: 'date', year, month, day, dayMs, zone: found?.[1] ?? found?.[2] },
    head,
    start,
    found === null ? end : zoneFormat.lastIndex,
  );
}

/** The number that so many digits form, or NaN. */
function digits(head: string, at: number, count: number): number {
  let value = 0;
  for (let index = at; index < at + count; index += 1) {
    const unit = head.charCodeAt(index);
    if (!isDigit(unit)) return Number.NaN;
    value = value * 10 + unit - 48;
  }
  return value;
}

function kernelStamp(head: string, at: number): Stamp | null {
  const boot = matchAt(bootFormat, head, at);
  if (boot !== null) return stampOf({ kind: 'boot', seconds: Number(boot[1]) }, head, at, bootFormat.lastIndex);
  if (matchAt(deltaFormat, head, at) !== null) return stampOf({ kind: 'delta' }, head, at, deltaFormat.lastIndex);
  const human = matchAt(humanKernelFormat, head, at);
  const parts = human?.groups === undefined ? null : dateOf(human.groups, true);
  return parts === null ? null : stampOf(parts, head, at, humanKernelFormat.lastIndex);
}

function dateStamp(formats: readonly RegExp[], head: string, start: number, bracketed: boolean): Stamp | null {
  for (const format of formats) {
    const groups = matchAt(format, head, start)?.groups;
    if (groups === undefined) continue;
    const parts = dateOf(groups, bracketed);
    const end = format.lastIndex - (groups['level']?.length ?? 0);
    return parts === null ? null : stampOf(parts, head, start, end);
  }
  return null;
}

function numberStamp(head: string, start: number): Stamp | null {
  const exact = matchAt(epochFormat, head, start);
  if (exact !== null) {
    const ms = Number(exact[1]) * 1000 + fractionMs(exact[2]);
    return stampOf({ kind: 'epoch', ms }, head, start, epochFormat.lastIndex);
  }
  const whole = matchAt(wholeEpochFormat, head, start)?.[0];
  if (whole === undefined) return null;
  // The first 13 digits are milliseconds; ten alone are seconds.
  const ms = whole.length === 10 ? Number(whole) * 1000 : Number(whole.slice(0, 13));
  return stampOf({ kind: 'epoch', ms }, head, start, wholeEpochFormat.lastIndex);
}

/** Behind a word ("elapsed: 01:02:03") it would be a duration as often as a time. */
function clockStamp(head: string, start: number, behindWord: boolean): Stamp | null {
  if (behindWord) return null;
  const groups = matchAt(clockFormat, head, start)?.groups;
  // Clocks are padded; 1:02:03 is a duration.
  if (groups === undefined || groups['hour']?.length !== 2) return null;
  const dayMs = clockMs(groups);
  return dayMs === null ? null : stampOf({ kind: 'clock', dayMs }, head, start, clockFormat.lastIndex);
}

function stampOf(parts: StampParts, head: string, start: number, end: number): Stamp {
  return { parts, start, end: head.charCodeAt(end) === closeBracket ? end + 1 : end };
}

function matchAt(pattern: RegExp, head: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(head);
}

const signPrefixes: Readonly<Record<string, readonly RegExp[]>> = {
  // <6>Nov 21 …, <34>1 2026-11-21T… (RFC 5424)
  '<': [/<\d{1,3}>(?:1 )?/y],
  // (RayTrainWorker pid=4242, ip=10.0.0.5) …
  '(': [/\([^()]{1,120}\) ?/y],
  // [rank3]:[…, [1,3]<stderr>:…, [INFO|trainer.py:123] …, [NeMo W 2026-…, [after training] datetime: …
  '[': [
    /\[[^[\]\s]{1,100}\](?:<std(?:out|err)>)?:? {0,4}/y,
    /\[rank \d{1,6}\]:? ?/y,
    /\[NeMo [A-Z] /y,
    /\[[a-z][a-z -]{1,60}\] datetime: /y,
  ],
};

const wordPrefixes: readonly RegExp[] = [
  // time="2026-11-21T03:12:59Z" level=info … (logrus, containerd)
  /(?:time|ts|t|timestamp)="?/y,
  /(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|CRITICAL|FATAL):?\s{1,8}/y,
  // slurmstepd: error: *** JOB 4242 ON node-03 CANCELLED AT 2026-11-21T03:12:59 DUE TO TIME LIMIT ***
  /slurmstepd: error: \*{3} (?:JOB|STEP) [^*]{1,100} CANCELLED AT /y,
  // type=ANOM_ABEND msg=audit(1795230779.123:42): …
  /(?:audit: )?type=\w{1,30} (?:msg=)?audit\(/y,
  // TIME 1795230779 Sat Nov 21 03:12:59 2026 (mcelog); Timestamp : Sat Nov 21 … (nvidia-smi -q)
  /TIME |Timestamp\s{1,40}: /y,
  // node-07 kernel: [ 1843.308145] …
  /[\w.-]{1,63} kernel: /y,
  // node-07: … (pdsh)
  /[\w.-]{1,63}: /y,
  // trainer-1  | … (docker compose)
  /[\w.-]{1,63} {1,20}\| /y,
  // 10.0.0.1 - - [21/Nov/2026:03:12:59 +0000] "GET …
  /[\w.:-]{1,63} [\w.-]{1,32} [\w.@-]{1,64} (?=\[\d\d\/[A-Z])/y,
];

const numberPrefixes: readonly RegExp[] = [
  // 3: … (srun -l)
  /\d{1,6}: /y,
  // 1 2026-11-21 03:12:59 +0000 error: … (ras-mc-ctl), 1a | 11/21/2026 | 03:12:59 … (ipmitool sel)
  /\d{1,7} (?=20\d\d-)/y,
  /[0-9a-f]{1,4} \| /y,
  /\d{1,3}(?:\.\d{1,3}){3} [\w.-]{1,32} [\w.@-]{1,64} (?=\[\d\d\/[A-Z])/y,
  /[\w.-]{1,63}: /y,
];

function afterPrefix(head: string, at: number, unit: number): number {
  const patterns = isLetter(unit) ? wordPrefixes : isDigit(unit) ? numberPrefixes : signPrefixes[head.charAt(at)];
  if (patterns === undefined) return at;
  for (const pattern of patterns) if (matchAt(pattern, head, at) !== null) return pattern.lastIndex;
  return at;
}

const openBracket = 91;
const closeBracket = 93;
const quote = 34;
const blank = 32;
const dash = 45;
const slash = 47;
const colon = 58;
const letterT = 84;
const letterM = 109;

function afterBlanks(head: string, from: number): number {
  let at = from;
  while (at < head.length && (head.charCodeAt(at) === 32 || head.charCodeAt(at) === 9)) at += 1;
  return at;
}

function isDigit(unit: number): boolean {
  return unit >= 48 && unit <= 57;
}

function isUpper(unit: number): boolean {
  return unit >= 65 && unit <= 90;
}

function isLower(unit: number): boolean {
  return unit >= 97 && unit <= 122;
}

function isLetter(unit: number): boolean {
  return isUpper(unit) || isLower(unit);
}
