import type { Opened } from './envelope.ts';
import { levelOfWord } from './level.ts';
import { isHostName } from './origin.ts';
import { readTimeField, type TimeContext } from './times.ts';

/**
 * A logfmt line as logrus, containerd, Docker and Prometheus write it: `time="…" level=error msg="…" error="…"`. It counts
 * as one only if it begins with a time or a level. The text is the message and every pair that is not shown elsewhere.
 */
export function openKeyValues(raw: string, context: TimeContext): Opened | null {
  const equals = raw.indexOf('=');
  if (equals < 1 || equals > keyCharsMax || !startPattern.test(raw)) return null;
  const { pairs, rest: unread } = pairsOf(raw);
  const message = pairs.get('msg') ?? pairs.get('message');
  if (message === undefined) return null;
  const atMs = readTimeField(pairs.get('time') ?? pairs.get('ts') ?? pairs.get('t') ?? pairs.get('timestamp'), context);
  const level = levelOfWord(pairs.get('level') ?? pairs.get('lvl') ?? pairs.get('severity') ?? '');
  const node = pairs.get('host') ?? pairs.get('hostname') ?? pairs.get('node');
  const rank = pairs.get('rank') ?? pairs.get('global_rank');
  const rest = [...pairs].filter(([key]) => !shownElsewhere.has(key)).map(([key, value]) => `${key}=${value}`);
  return {
    text: [message, ...rest, unread].join(' ').trimEnd(),
    ...(atMs === null ? {} : { atMs }),
    ...(level === null ? {} : { level }),
    ...(node !== undefined && isHostName(node) ? { node: node.toLowerCase() } : {}),
    ...(rank !== undefined && /^\d{1,6}$/.test(rank) ? { rank: Number(rank) } : {}),
  };
}

const startPattern = /^(?:time|ts|t|timestamp|level|lvl|severity)=/;
// "timestamp", "severity"
const keyCharsMax = 9;
const shownElsewhere = new Set(['time', 'ts', 't', 'timestamp', 'level', 'lvl', 'severity', 'msg', 'message']);
const pairsMax = 64;

/** The pairs from the start on, and what follows the first place that is none. */
function pairsOf(raw: string): { readonly pairs: ReadonlyMap<string, string>; readonly rest: string } {
  const pairs = new Map<string, string>();
  const pattern = /\s{0,8}([A-Za-z_@][\w.@/-]{0,63})=(?:"((?:[^"\\]|\\.)*)"|([^\s"]*))(?=\s|$)/y;
  let end = 0;
  while (pairs.size < pairsMax) {
    const parts = pattern.exec(raw);
    const [, key, quoted, plain = ''] = parts ?? [];
    if (key === undefined || pairs.has(key)) break;
    pairs.set(key, quoted === undefined ? plain : unescaped(quoted));
    end = pattern.lastIndex;
  }
  return { pairs, rest: raw.slice(end).trimStart() };
}

function unescaped(quoted: string): string {
  return quoted.includes('\\')
    ? quoted.replace(/\\(.)/g, (_all, sign: string) => (/[nrt]/.test(sign) ? ' ' : sign))
    : quoted;
}
