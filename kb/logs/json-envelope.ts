import type { LogLevel } from '../schemas/detector.ts';
import type { Opened } from './envelope.ts';
import { levelOfPino, levelOfPriority, levelOfPython, levelOfWord } from './level.ts';
import { isHostName } from './origin.ts';
import { readTimeField, type TimeContext } from './times.ts';

/**
 * A line that is one JSON object: Docker's json-file, journald's export, fluent-bit, Kubernetes events, and programs that
 * log JSON. Without a message field the text stays the whole line. `null` if it is no object.
 */
export function openJson(raw: string, context: TimeContext): Opened | null {
  const docker = openPlainDocker(raw, context);
  if (docker !== null) return docker;
  const fields = parsed(raw);
  if (fields === null) return null;
  if ('MESSAGE' in fields) return openJournal(raw, fields, context);
  const inner = isRecord(fields['jsonPayload']) ? fields['jsonPayload'] : {};
  const all = { ...fields, ...inner };
  const log = all['log'];
  const atMs = first(timeKeys, (key) => readTimeField(all[key], context));
  const level = levelOf(all);
  const rank = first(rankKeys, (key) => rankOf(all[key]));
  const node = nodeOf(all);
  const stream = all['stream'];
  return {
    text: messageOf(all) ?? raw,
    ...(atMs === null ? {} : { atMs }),
    ...(level === null ? {} : { level }),
    ...(rank === null ? {} : { rank }),
    ...(node === null ? {} : { node }),
    ...(stream === 'stdout' || stream === 'stderr' ? { stream } : {}),
    ...(isDockerPiece(log) ? { partial: true } : {}),
  };
}

/** Docker cuts lines into pieces of 16 KiB: moby, daemon/logger/copier.go, defaultBufSize. Whole lines end in a break. */
function isDockerPiece(log: unknown): boolean {
  if (typeof log !== 'string' || log.length < dockerPieceBytes / 4 || log.endsWith('\n')) return false;
  // A character that does not fit is left for the next piece.
  return Math.abs(new TextEncoder().encode(log).length - dockerPieceBytes) < 4;
}

const dockerPieceBytes = 16_384;

type Fields = Readonly<Record<string, unknown>>;

const messageKeys = ['msg', 'message', 'log', 'line', 'event', 'text', 'textPayload', 'MESSAGE', 'Message', 'body'];
/** What else tells why; other fields count if they hold a sentence. Lost, the decisive words would be too. */
const reasonKeys = new Set(['reason', 'error', 'err', 'exception', 'exc_info', 'stacktrace', 'stack', 'stack_trace']);
const reasonsMax = 16;
const timeKeys = [
  'ts',
  'time',
  'timestamp',
  '@timestamp',
  'asctime',
  'date',
  'datetime',
  'eventTime',
  'lastTimestamp',
  'firstTimestamp',
  't',
];
const levelKeys = ['level', 'levelname', 'severity', 'lvl', 'log.level', 'loglevel'];
const rankKeys = ['rank', 'global_rank', 'RANK', 'GLOBAL_RANK'];
const nodeKeys = ['host', 'hostname', 'node', 'node_name', 'nodeName', 'host.name', '_HOSTNAME'];

/** `{"log":"…\n","stream":"stderr","time":"…"}` without escapes: cut out, several times faster than parsed. */
function openPlainDocker(raw: string, context: TimeContext): Opened | null {
  if (!raw.startsWith('{"log":"')) return null;
  const escape = raw.indexOf('\\', 8);
  if (escape === -1 || !raw.startsWith('\\n","stream":"std', escape)) return null;
  const text = raw.slice(8, escape);
  if (text.includes('"')) return null;
  const rest = dockerTailPattern.exec(raw.slice(escape));
  if (rest === null) return null;
  const atMs = readTimeField(rest[2], context);
  return { text, ...(atMs === null ? {} : { atMs }), stream: rest[1] === 'stderr' ? 'stderr' : 'stdout' };
}

const dockerTailPattern = /^\\n","stream":"(stdout|stderr)","time":"([^"\\]{10,40})"\}\s{0,4}$/;

/** https://systemd.io/JOURNAL_EXPORT_FORMATS/ : all values are strings, or arrays of bytes if not UTF-8. */
function openJournal(raw: string, fields: Fields, context: TimeContext): Opened {
  const atMs = readTimeField(fields['_SOURCE_REALTIME_TIMESTAMP'] ?? fields['__REALTIME_TIMESTAMP'], context);
  const priority = fields['PRIORITY'];
  const level = typeof priority === 'string' && /^[0-7]$/.test(priority) ? levelOfPriority(Number(priority)) : null;
  const node = nodeOf({ host: fields['_HOSTNAME'] });
  return {
    text: journalText(fields['MESSAGE']) ?? raw,
    ...(atMs === null ? {} : { atMs }),
    ...(level === null ? {} : { level }),
    ...(node === null ? {} : { node }),
  };
}

const utf8 = new TextDecoder();

function journalText(message: unknown): string | null {
  if (typeof message === 'string') return oneLine(message);
  if (!Array.isArray(message) || !message.every((value) => typeof value === 'number')) return null;
  return oneLine(utf8.decode(Uint8Array.from(message)));
}

// A dictionary that Python prints ({'loss': 2.31}) begins alike; refusing it by an exception takes as long as many lines.
const objectStart = /^\{[ \t\n\r]*["}]/;

function parsed(raw: string): Fields | null {
  if (!objectStart.test(raw)) return null;
  try {
    const value: unknown = JSON.parse(raw);
    return isRecord(value) ? value : null;
  } catch {
    return null;
  }
}

function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function messageOf(fields: Fields): string | null {
  const message = first(messageKeys, (key) => {
    const value = fields[key];
    return typeof value === 'string' && value.trim() !== '' ? value : null;
  });
  if (message === null) return null;
  const reasons = Object.entries(fields)
    .filter(([key, value]) => typeof value === 'string' && (reasonKeys.has(key) || value.includes(' ')))
    .filter(([key]) => !timeKeys.includes(key))
    .filter(([, value]) => value !== '' && !message.includes(String(value).trim()))
    .map(([key, value]) => `${key}=${String(value)}`);
  return oneLine([message.trimEnd(), ...reasons.slice(0, reasonsMax)].join(' '));
}

/** One line in, one line out: what was broken inside of a field is joined. */
function oneLine(text: string): string {
  return text.trimEnd().replace(/[\r\n]+/g, ' ');
}

function levelOf(fields: Fields): LogLevel | null {
  const named = first(levelKeys, (key) => {
    const value = fields[key];
    if (typeof value === 'string') return levelOfWord(value.trim());
    // A number in `level` itself is pino's or bunyan's.
    return typeof value === 'number' && key === 'level' ? levelOfPino(value) : null;
  });
  if (named !== null) return named;
  const python = fields['levelno'];
  if (typeof python === 'number') return levelOfPython(python);
  const type = fields['type'];
  return type === 'Warning' ? 'warning' : type === 'Normal' ? 'info' : null;
}

function rankOf(value: unknown): number | null {
  if (typeof value === 'number') return Number.isInteger(value) && value >= 0 && value <= rankMax ? value : null;
  return typeof value === 'string' && /^\d{1,6}$/.test(value) ? Number(value) : null;
}

const rankMax = 999_999;

function nodeOf(fields: Fields): string | null {
  const kubernetes = fields['kubernetes'];
  const places: readonly Fields[] = [fields, ...(isRecord(kubernetes) ? [kubernetes] : [])];
  for (const place of places)
    for (const key of nodeKeys) {
      const value = place[key];
      const name = isRecord(value) ? (value['name'] ?? value['hostname']) : value;
      if (typeof name === 'string' && isHostName(name)) return name.toLowerCase();
    }
  return null;
}

function first<T>(keys: readonly string[], read: (key: string) => T | null): T | null {
  for (const key of keys) {
    const value = read(key);
    if (value !== null) return value;
  }
  return null;
}
