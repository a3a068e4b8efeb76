import type { LogLevel } from '../schemas/detector.ts';
import { openJson } from './json-envelope.ts';
import { openKeyValues } from './key-value-envelope.ts';
import { launcherTag, type LauncherLabel } from './launcher-tag.ts';
import { readTimeField, type TimeContext } from './times.ts';

/** A line without what a container runtime, a log shipper or a launcher put around it. */
export interface Opened {
  /** What the program wrote; the line itself if nothing is around it. */
  readonly text: string;
  readonly atMs?: number;
  readonly node?: string;
  readonly rank?: number;
  /** The rank counts within its node. */
  readonly rankIsLocal?: true;
  readonly level?: LogLevel;
  readonly stream?: 'stdout' | 'stderr';
  /** The line goes on in the next one of its stream (CRI's `P`, Docker's 16 KB pieces). */
  readonly partial?: boolean;
}

export interface EnvelopeContext extends TimeContext {
  /** The launcher's labels that the source is known to carry; see `launcherLabel`. */
  readonly label?: LauncherLabel;
}

/**
 * Opens lines that wrap another line: Docker and CRI, journald, JSON and logfmt, prefixes of kubectl, docker compose,
 * torchrun, srun, pdsh, Open MPI and Ray; one within another, two deep. Never throws: what is malformed, or longer than
 * `envelopeCharsMax`, is handed back as it is. An ordinary line costs a look at its first character or two.
 */
export function openEnvelope(raw: string, context: EnvelopeContext = {}): Opened {
  const outer = openOne(raw, context);
  if (outer === null) return { text: raw };
  const inner = outer.text === raw ? null : openOne(outer.text, context);
  // The program knows its rank and level better; the runtime's clock always carries a zone.
  return inner === null ? outer : { ...inner, ...outer, ...ownWords(inner) };
}

/** Lines longer than this are not parsed as JSON or key=value. */
export const envelopeCharsMax = 32_768;

function ownWords({ text, rank, rankIsLocal, node, level }: Opened): Opened {
  return {
    text,
    ...(rank === undefined ? {} : { rank }),
    ...(rankIsLocal === undefined ? {} : { rankIsLocal }),
    ...(node === undefined ? {} : { node }),
    ...(level === undefined ? {} : { level }),
  };
}

function openOne(raw: string, context: EnvelopeContext): Opened | null {
  const first = raw.charCodeAt(0);
  if (first === openBrace) return raw.length > envelopeCharsMax ? null : openJson(raw, context);
  if (first >= zero && first <= nine) {
    // CRI: 2026-11-21T03:12:59.123456789Z stderr F …
    if (raw.charCodeAt(10) === letterT && raw.charCodeAt(4) === dash) return openCri(raw, context);
    if (context.label === undefined) return eventLevel(raw);
  }
  const tag = launcherTag(raw, first, context.label);
  if (tag !== null) {
    const { end, ...rest } = tag;
    return { text: raw.slice(end), ...rest };
  }
  if (first === letterL || first === letterS || first === letterSmallT)
    return raw.length > envelopeCharsMax ? null : openKeyValues(raw, context);
  return first === space && raw.charCodeAt(1) === space ? eventLevel(raw) : null;
}

// https://github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md
const criPattern =
  /(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})) (stdout|stderr) ([FP])(?::[FP\w]{1,32}){0,4}(?: |$)/y;

function openCri(raw: string, context: EnvelopeContext): Opened | null {
  criPattern.lastIndex = 0;
  const parts = criPattern.exec(raw);
  if (parts === null) return null;
  const atMs = readTimeField(parts[1], context);
  return {
    text: raw.slice(criPattern.lastIndex),
    ...(atMs === null ? {} : { atMs }),
    stream: parts[2] === 'stderr' ? 'stderr' : 'stdout',
    ...(parts[3] === 'P' ? { partial: true } : {}),
  };
}

// 2m5s (x3 over 10m)  Warning  BackOff  pod/trainer-0  …  (kubectl get events);   Warning  Failed  3m  kubelet  … (describe)
const eventPattern =
  /(?:\d{1,4}[smhd](?:\d{1,2}[smh])?(?: \(x\d{1,7} over \d{1,4}[smhd](?:\d{1,2}[smh])?\))?\s{2,20}|\s{2,4})(Warning|Normal)\s{2,16}[A-Z]\w{2,62}\s{2,40}\S/y;

/** A row of `kubectl get events` or `describe`: its words stay together, its type is a level. */
function eventLevel(raw: string): Opened | null {
  eventPattern.lastIndex = 0;
  const type = eventPattern.exec(raw)?.[1];
  return type === undefined ? null : { text: raw, level: type === 'Warning' ? 'warning' : 'info' };
}

const openBrace = 123;
const zero = 48;
const nine = 57;
const letterT = 84;
const dash = 45;
const letterL = 108;
const letterS = 115;
const letterSmallT = 116;
const space = 32;
