import type { EventEmitter } from 'node:events';
import type { Terminal } from '../output.ts';

/** A signal to a group of processes may come once more, passed on by the parent: that is not the second Ctrl-C. */
const sameSignalMs = 1_000;

/** Aborts at the first Ctrl-C, so that what is there can be shown; the second one ends the process. */
export function stopOnSignal(
  terminal: Pick<Terminal, 'err'>,
  signals: Pick<EventEmitter, 'on' | 'removeListener'> = process,
): AbortSignal {
  const stop = new AbortController();
  const names = ['SIGINT', 'SIGTERM'] as const;
  const end = (): void => {
    if (stop.signal.aborted) return;
    terminal.err('Stopping. What is there is shown; once more ends at once.');
    stop.abort(new Error('stopped by a signal'));
    setTimeout(() => names.forEach((name) => signals.removeListener(name, end)), sameSignalMs).unref();
  };
  for (const name of names) signals.on(name, end);
  return stop.signal;
}
