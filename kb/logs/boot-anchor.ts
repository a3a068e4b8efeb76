import { median } from 'simple-statistics';
import { readHeader } from './header.ts';
import { findStamp } from './stamps.ts';
import { readTime, type TimeContext } from './times.ts';

/** Finds when a node started from lines that tell clock time and seconds since boot at once. One for each node. */
export interface BootAnchor {
  /** Any line of the node's kernel log, syslog or journal, in order. */
  note(text: string, context?: TimeContext): void;
  /** Zero of the kernel's clock in milliseconds since 1970, or `null` while no line told it. */
  bootMs(): number | null;
}

/**
 * The median over the last `samplesMax` lines: syslog's whole seconds, late delivery and single wrong clocks fall out, and
 * the drift that a suspend leaves (the kernel's clock stops) is followed. A restart of the node begins anew.
 */
export function bootAnchor(): BootAnchor {
  let samples: number[] = [];
  let lastSeconds = 0;
  const pending = new Map<string, Half>();

  const restartBefore = (seconds: number): void => {
    if (seconds < lastSeconds - restartSlackS) {
      samples = [];
      pending.clear();
    }
    lastSeconds = seconds;
  };

  return {
    note(text, context = {}) {
      const { wallMs, seconds, body } = readBoth(text, context);
      if (seconds !== null) restartBefore(seconds);
      const bootMs = told(body, wallMs, seconds) ?? paired(pending, body, wallMs, seconds);
      if (bootMs === null) return;
      samples.push(bootMs);
      if (samples.length > samplesMax) samples.shift();
    },
    bootMs: () => (samples.length === 0 ? null : Math.round(median(samples))),
  };
}

const samplesMax = 64;
// CPUs print a little out of order; a restart sets the clock back to zero.
const restartSlackS = 30;

interface Both {
  /** Clock time without help of an earlier guess at the boot. */
  readonly wallMs: number | null;
  readonly seconds: number | null;
  readonly body: string;
}

function readBoth(text: string, context: TimeContext): Both {
  const stamp = findStamp(text);
  const seconds = stamp?.parts.kind === 'boot' ? stamp.parts.seconds : secondsBehindClock(text);
  // Seconds since boot must not be placed by an anchor known before: it would confirm itself.
  const time = stamp === null || stamp.parts.kind === 'boot' ? null : readTime(text, context);
  return {
    wallMs: typeof time === 'number' ? time : null,
    seconds,
    body: text.slice(readHeader(text).bodyStart, bodyCharsMax),
  };
}

const bodyCharsMax = 512;

// Nov 21 03:12:59 node-07 kernel: [ 1843.308145] … · [Sat Nov 21 03:12:59 2026] [ 1843.308145] …
function secondsBehindClock(text: string): number | null {
  const found = /^.{10,120}?(?:kernel: |\d{4}\] )\[\s{0,8}(\d{1,9}\.\d{6})\]/.exec(text.slice(0, 160));
  return found === null ? null : Number(found[1]);
}

/** What one line tells by itself. */
function told(body: string, wallMs: number | null, seconds: number | null): number | null {
  // rtc_cmos 00:04: setting system clock to 2026-11-21T03:12:59 UTC (1795230779)
  const rtc = /setting system clock to 20\d{2}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2} UTC \((\d{10})\)/.exec(body)?.[1];
  if (rtc !== undefined && seconds !== null) return (Number(rtc) - seconds) * 1000;
  if (wallMs === null) return null;
  if (seconds !== null) return wallMs - seconds * 1000;
  const startup = startupSeconds(body);
  return startup === null ? null : wallMs - startup * 1000;
}

/**
 * Startup finished in 10.1s (firmware) + 4s (loader) + 3.5s (kernel) + 7.9s (initrd) + 1min 2.3s (userspace) = …
 * The kernel's clock starts with the kernel, so firmware and loader do not count.
 */
function startupSeconds(body: string): number | null {
  const list = /Startup finished in (.{1,200}?)(?: = |$)/.exec(body)?.[1];
  if (list === undefined) return null;
  const parts = list.split(' + ').map((part) => /^(.{1,40}) \((\w{1,16})\)/.exec(part));
  const known = parts.filter((part) => part !== null);
  // User managers (systemd --user) print "Startup finished in 72ms." without the kernel's part.
  if (!known.some((part) => part[2] === 'kernel')) return null;
  return known
    .filter((part) => part[2] !== 'firmware' && part[2] !== 'loader')
    .reduce((sum, part) => sum + durationSeconds(part[1] ?? ''), 0);
}

const unitSeconds: Readonly<Record<string, number | undefined>> = {
  d: 86_400,
  h: 3_600,
  min: 60,
  s: 1,
  ms: 0.001,
  us: 1e-6,
};

function durationSeconds(text: string): number {
  return text
    .split(' ')
    .map((part) => /^(\d{1,9}(?:\.\d{1,6})?)(d|h|min|s|ms|us)$/.exec(part))
    .reduce((sum, part) => sum + Number(part?.[1] ?? 0) * (unitSeconds[part?.[2] ?? ''] ?? 0), 0);
}

/** One side of a message that stands in the log twice: by `dmesg` and by `dmesg -T` or syslog. */
interface Half {
  readonly wallMs: number | null;
  readonly seconds: number | null;
  /** Seen twice in the same form: it can't be told which is which. */
  readonly isRepeated: boolean;
}

const pendingMax = 512;
// Short messages repeat by chance.
const telltaleCharsMin = 24;

function paired(
  pending: Map<string, Half>,
  body: string,
  wallMs: number | null,
  seconds: number | null,
): number | null {
  if ((wallMs === null) === (seconds === null) || body.length < telltaleCharsMin) return null;
  const other = pending.get(body);
  if (other === undefined) {
    if (pending.size >= pendingMax) pending.clear();
    pending.set(body, { wallMs, seconds, isRepeated: false });
    return null;
  }
  const clockMs = wallMs ?? other.wallMs;
  const since = seconds ?? other.seconds;
  if (clockMs === null || since === null) {
    pending.set(body, { ...other, isRepeated: true });
    return null;
  }
  if (other.isRepeated) return null;
  pending.delete(body);
  return clockMs - since * 1000;
}
