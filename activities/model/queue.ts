import { PortError } from '../ports.ts';

/** What decides who is asked next. */
export interface Turn {
  /** Of the alert, such as `critical`. */
  readonly severity: string;
  /** Tokens of question and answer, as expected. */
  readonly tokens: number;
  /** A turn that comes later is of no use: then it throws `PortError`. Absent: any turn is. */
  readonly waitMsMax?: number;
}

interface Waiting extends Turn {
  readonly sinceMs: number;
  readonly go: () => void;
}

/** Who has waited this long comes next, whatever the others are: severe incidents must not starve the rest. */
const waitedMsMax = 60_000;
// Timers of Node know no longer time.
const timerMsMax = 2 ** 31 - 1;
const severities = ['critical', 'error', 'warning', 'info'];

/**
 * Questions of many incidents at one server: severe incidents first, among these the short questions first, so that none
 * is stuck behind a long one. `atOnce` are under way at the same time; more would only wait inside the server, in its order.
 */
export function createModelQueue(
  atOnce: number,
  nowMs: () => number,
): <T>(turn: Turn, signal: AbortSignal, work: () => Promise<T>) => Promise<T> {
  const waiting: Waiting[] = [];
  let running = 0;

  const next = (): void => {
    while (running < atOnce && waiting.length > 0) {
      const first = waiting.toSorted((a, b) => order(a, b, nowMs()))[0];
      if (first === undefined) return;
      waiting.splice(waiting.indexOf(first), 1);
      running += 1;
      first.go();
    }
  };

  return async (turn, signal, work) => {
    signal.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      const entry: Waiting = {
        ...turn,
        sinceMs: nowMs(),
        go: () => {
          settled();
          resolve();
        },
      };
      const leave = (why: Error): void => {
        settled();
        waiting.splice(waiting.indexOf(entry), 1);
        reject(why);
      };
      const cancelled = (): void =>
        leave(signal.reason instanceof Error ? signal.reason : new Error('cancelled while it waited for the model'));
      const waitMsMax = Math.min(Math.max(0, turn.waitMsMax ?? timerMsMax), timerMsMax);
      const late = setTimeout(
        () => leave(new PortError('unreachable', `the model was busy with other incidents for ${waitMsMax} ms`)),
        waitMsMax,
      );
      const settled = (): void => {
        clearTimeout(late);
        signal.removeEventListener('abort', cancelled);
      };
      signal.addEventListener('abort', cancelled, { once: true });
      waiting.push(entry);
      next();
    });
    try {
      return await work();
    } finally {
      running -= 1;
      next();
    }
  };
}

function order(a: Waiting, b: Waiting, nowMs: number): number {
  const late = (one: Waiting): number => (nowMs - one.sinceMs >= waitedMsMax ? 0 : 1);
  if (late(a) !== late(b)) return late(a) - late(b);
  if (late(a) === 0) return a.sinceMs - b.sinceMs;
  return rank(a.severity) - rank(b.severity) || a.tokens - b.tokens || a.sinceMs - b.sinceMs;
}

function rank(severity: string): number {
  const at = severities.indexOf(severity);
  return at === -1 ? severities.length : at;
}
