import { atOnce, hang, wait, type Play } from './play.ts';
import { complained } from './command.ts';

/** Exit codes of coreutils' `timeout`: timed out, killed by KILL (128 + 9), `timeout` itself failed. */
const timedOut = 124;
const killed = 137;
const failed = 125;

interface TimeLimit {
  readonly limitMs: number;
  /** From TERM to KILL; null without `-k`. */
  readonly killAfterMs: number | null;
  readonly argv: readonly string[];
}

/** `timeout [-k SECONDS] SECONDS COMMAND …`; what stands in front of the command is its error, or null. */
export function parseTimeout(args: readonly string[]): TimeLimit | { readonly error: Play } {
  let killAfterMs: number | null = null;
  let at = 0;
  const option = /^(?:-k|--kill-after=)(.*)$/.exec(args[0] ?? '');
  if (option !== null) {
    const text = option[1] === '' ? args[(at += 1)] : option[1];
    killAfterMs = durationMs(text ?? '');
    if (killAfterMs === null) return invalid(`invalid time interval '${text ?? ''}'`);
    at += 1;
  }
  const limitMs = durationMs(args[at] ?? '');
  if (args.length < at + 2) return invalid('missing operand');
  if (limitMs === null) return invalid(`invalid time interval '${args[at]}'`);
  return { limitMs, killAfterMs, argv: args.slice(at + 1) };
}

/** The play with an end: TERM at the limit, KILL `killAfterMs` later for what does not heed TERM. A limit of 0 is none. */
export function* limited(inner: Play, nowMs: number, { limitMs, killAfterMs }: Omit<TimeLimit, 'argv'>): Play {
  let leftMs = limitMs === 0 ? Infinity : limitMs;
  let atMs = nowMs;
  try {
    for (;;) {
      const step = inner.next(atMs);
      if (step.done === true) return step.value;
      const { value } = step;
      const neededMs = value.kind === 'wait' ? value.ms : value.kind === 'hang' ? Infinity : 0;
      if (neededMs < leftMs || leftMs === Infinity) {
        leftMs -= neededMs;
        atMs = yield value;
        continue;
      }
      yield wait(leftMs);
      if (value.kind !== 'hang' || value.until === 'term') return timedOut;
      if (killAfterMs === null) yield hang('kill');
      else yield wait(killAfterMs);
      return killed;
    }
  } finally {
    inner.return(0);
  }
}

function durationMs(text: string): number | null {
  const match = /^([0-9]+(?:\.[0-9]*)?|\.[0-9]+)([smhd]?)$/.exec(text);
  if (match === null) return null;
  const unit = { '': 1, s: 1, m: 60, h: 3_600, d: 86_400 }[match[2] ?? ''] ?? 1;
  return Number(match[1]) * unit * 1_000;
}

function invalid(reason: string): { readonly error: Play } {
  const help = "Try 'timeout --help' for more information.";
  return { error: atOnce(complained(`timeout: ${reason}\n${help}\n`, failed)) };
}
