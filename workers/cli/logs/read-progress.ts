import type { LogInput } from '../../../activities/log-inputs.ts';
import { age, paint, type Terminal } from '../output.ts';

/** Short reads need no word. */
const quietMs = 1_000;
const tellEveryMs = 200;

/** Tells a person who waits how much was read, how fast, and how long it will still take; elsewhere nothing. */
export function readProgress(
  inputs: readonly LogInput[],
  { terminal, nowMs }: { readonly terminal: Pick<Terminal, 'transient' | 'colour'>; readonly nowMs: () => number },
): { readonly onRead: (bytes: number) => void; readonly done: () => void } {
  const { transient } = terminal;
  if (transient === undefined) return { onRead: () => {}, done: () => {} };
  const startedMs = nowMs();
  const total = inputs.every(({ isPlain, bytes }) => isPlain && bytes !== null)
    ? inputs.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0)
    : null;
  let read = 0;
  let toldMs = startedMs + quietMs - tellEveryMs;
  return {
    onRead(bytes) {
      read += bytes;
      const now = nowMs();
      if (now - toldMs < tellEveryMs) return;
      toldMs = now;
      const rate = read / ((now - startedMs) / 1000);
      const left =
        total === null ? '' : `, ${Math.floor((read / total) * 100)} %, ${age(((total - read) / rate) * 1000)} left`;
      transient(paint(terminal, 'dim', `  … read ${megabytes(read)} MB at ${megabytes(rate)} MB/s${left}`));
    },
    done: () => transient(''),
  };
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}
