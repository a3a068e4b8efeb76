import type { LogLevel } from '../schemas/detector.ts';
import { readHeader } from './header.ts';

/**
 * The level that the writing tool gave a line, from the place where that tool puts it: before or behind the time, glog's
 * letter, syslog's priority, NCCL's word. A word in the message ("0 errors") is no level: `null`.
 */
export function readLevel(text: string): LogLevel | null {
  const head = text.length > headCharsMax ? text.slice(0, headCharsMax) : text;
  const { tagEnd, stampEnd } = readHeader(head);
  if (stampEnd > tagEnd) {
    const behind = firstOf(behindTime, head, stampEnd);
    if (behind !== null) return behind;
  }
  return firstOf(atStart, head, skipBlanks(head, tagEnd));
}

/** A level by its name in any tool, such as `WARN`, `err` or `CRITICAL`; `null` if it names none. */
export function levelOfWord(word: string): LogLevel | null {
  return levels.get(word.toUpperCase()) ?? null;
}

/** Syslog severities 0 to 7: RFC 5424, section 6.2.1. */
export function levelOfPriority(priority: number): LogLevel | null {
  return (['fatal', 'fatal', 'fatal', 'error', 'warning', 'info', 'info', 'debug'] as const)[priority] ?? null;
}

/** Numbers of pino and bunyan: 10 trace to 60 fatal. */
export function levelOfPino(value: number): LogLevel | null {
  return (['trace', 'debug', 'info', 'warning', 'error', 'fatal'] as const)[value / 10 - 1] ?? null;
}

/** Python's `levelno`: 10 debug to 50 critical. */
export function levelOfPython(value: number): LogLevel | null {
  return (['debug', 'info', 'warning', 'error', 'fatal'] as const)[value / 10 - 1] ?? null;
}

const headCharsMax = 320;

const names: Readonly<Record<LogLevel, string>> = {
  fatal: 'FATAL CRITICAL CRIT EMERG EMERGENCY ALERT PANIC DPANIC F C',
  error: 'ERROR ERR SEVERE E',
  warning: 'WARNING WARN W',
  info: 'INFO NOTICE INFORMATION NORMAL I',
  debug: 'DEBUG VERBOSE FINE DEBUG2 DEBUG3 D V',
  trace: 'TRACE FINER FINEST',
};

const levels: ReadonlyMap<string, LogLevel> = new Map(
  // The keys of `names` are exactly the levels.
  (Object.keys(names) as LogLevel[]).flatMap((level) => names[level].split(' ').map((name) => [name, level] as const)),
);

const upper = 'TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|ERR|SEVERE|CRITICAL|CRIT|FATAL|EMERG|ALERT|PANIC';
const lower = 'trace|debug[23]?|verbose|info|notice|warn|warning|error|err|crit|critical|fatal|emerg|alert|panic';

/** Each captures a level's name; real lines in test/kb/logs/level.test.ts. */
const behindTime: readonly RegExp[] = [
  // 2026-11-21 03:12:59.123456: E tensorflow/core/…cc:123] · [2026-11-21 03:12:59,123 E 4242 4242] (Ray)
  /:? ([IWEFD]) (?=[\w./-]{1,120}:\d{1,6}\]|\d{1,9} \d{1,9}\])/y,
  // [2026-11-21T03:12:59.123] error: … (Slurm) · 2026/11/21 03:12:59 [error] … (nginx)
  new RegExp(String.raw`\]?\s{1,4}(?:\[(${lower})\]|(${lower}):\s)`, 'y'),
  // … - mmengine - ERROR - … · … | ERROR | … · … [main] ERROR … · …api: [ERROR] … · …\tERROR\t…
  new RegExp(
    String.raw`[\s\]:,|-]{0,8}(?:(?:\[[^[\]]{1,80}\]|[\w.$/<>-]{1,80}(?=\s{0,20}(?:- |\| |: ?)))[\s:|,-]{1,24}){0,3}?\[?(${upper})\s{0,8}\]?(?=[\s:|,\][-]|$)`,
    'y',
  ),
];

const atStart: readonly RegExp[] = [
  // [W1121 03:12:59.123456 … · E1121 03:12:59.123456 4242 … · E20261121 03:12:59
  /\[?([DIWEFCV])(?:\d{3,4}|20\d{6}) \d{2}:\d{2}:\d{2}/y,
  // [E ProcessGroupNCCL.cpp:737] · [W socket.cpp:601] [c10d]
  /\[([DIWEF]) [\w./-]{1,100}\.(?:cpp|cc|cu|h|hpp):\d{1,6}\]/y,
  // [NeMo W 2026-11-21 03:12:59 nemo_logging:349]
  /\[NeMo ([DIWEC]) /y,
  // kern  :err   : [ 1843.308145] … (dmesg -x)
  /(?:kern|user|daemon|auth|syslog) {0,4}:(emerg|alert|crit|err|warn|notice|info|debug) {0,4}: /y,
  // … node-03:4242:4250 [2] transport/net.cc:1 NCCL WARN …
  /(?:\[[^\]]{10,32}\] ?)?[\w.-]{1,63}:\d{1,9}:\d{1,9} \[-?\d{1,3}\] (?:[\w./-]{1,120}:\d{1,6} )?NCCL (WARN|INFO|TRACE) /y,
  // [1795230779.123456] [node-02:1:0]  ib_log.c:246  UCX  ERROR …
  /\[\d{10}\.\d{3,9}\] \[[\w.:-]{1,100}\]\s{1,20}[\w./-]{1,100}:\d{1,6}\s{1,8}UCX\s{1,4}(ERROR|WARN|INFO|DEBUG|TRACE|FATAL|DIAG|REQ|DATA)\b/y,
  // srun: error: …, slurmstepd: error: …
  new RegExp(String.raw`(?:srun|sbatch|salloc|scancel|slurm\w{1,16}): (${lower}): `, 'y'),
  // /usr/lib/python3/…/x.py:123: UserWarning: … (warnings module)
  /[^\s:]{1,200}\.py:\d{1,7}: (?:[\w.]{0,60})(Warning): /y,
  // time="2026-11-21T03:12:59Z" level=error msg=…
  new RegExp(
    String.raw`(?:(?:time|ts|t|timestamp|at)=(?:"[^"]{1,64}"|\S{1,64}) )?(?:level|lvl|severity)="?(${lower}|${upper})"?(?=\s|$)`,
    'y',
  ),
  // [ERROR] …, [WARNING|trainer.py:123] …, [info] …
  new RegExp(String.raw`\[\s?(${upper}|${lower})\s{0,3}(?:\]|\|)`, 'y'),
  // ERROR:root:…, INFO:     127.0.0.1 …, ERROR 11-21 03:12:59 [core.py:396] …, WARN[0012] …
  new RegExp(String.raw`(${upper})(?::|\s{2,}|\s?\||\[\d{4}\]| (?=\d{2,4}[-/]\d{2}|\[))`, 'y'),
  // error: …, Warning: …, fatal: …, panic: …
  /(error|Error|warning|Warning|fatal|Fatal|panic): /y,
  // LustreError: 4242:0:(client.c:1234:…) …
  /Lustre(Error): /y,
];

function firstOf(patterns: readonly RegExp[], head: string, at: number): LogLevel | null {
  if (patterns === atStart && head.charCodeAt(at) === 60) return ofPriority(head);
  for (const pattern of patterns) {
    pattern.lastIndex = at;
    const found = pattern.exec(head);
    if (found !== null) return levelOfWord(found[1] ?? found[2] ?? '');
  }
  return null;
}

// <3>Nov 21 …, <34>1 2026-… : facility times eight plus severity
function ofPriority(head: string): LogLevel | null {
  const value = /^<(\d{1,3})>/.exec(head)?.[1];
  return value === undefined || Number(value) > 191 ? null : levelOfPriority(Number(value) % 8);
}

function skipBlanks(head: string, from: number): number {
  let at = from;
  while (head.charCodeAt(at) === 32) at += 1;
  return at;
}
