import pLimit from 'p-limit';
import type { LogManifest, LogWindow } from '../workflows/domain/phase-data.ts';
import { PortError, type LogStore } from './ports.ts';
import { readLogWindow } from './log-window.ts';

/** A window that was read, in the order of time. */
export interface ReadWindow {
  readonly window: LogWindow;
  readonly bytes: Uint8Array;
}

// Step lines of one rank are some hundred bytes each; windows beyond these bounds are left out, the oldest first.
const windowBytesMax = 16 * 1024 * 1024;
const bytesMax = 64 * 1024 * 1024;
const windowsMax = 400;
const readsAtOnceMax = 8;

/**
 * What one rank wrote, of the windows that were gathered. A window that has changed or is gone since then is left out:
 * what is read here only explains, and the scan has reported it.
 */
export async function readRank(
  logs: (bucket: string) => LogStore,
  { windows }: LogManifest,
  rank: number,
  signal: AbortSignal,
): Promise<readonly ReadWindow[]> {
  const newestFirst = windows
    .filter((window) => window.kind === 'rank' && window.rank === rank)
    .toSorted((a, b) => b.fromMs - a.fromMs)
    .slice(0, windowsMax);
  let bytes = 0;
  const kept = newestFirst.filter(({ ref }) => ref.bytes <= windowBytesMax && (bytes += ref.bytes) <= bytesMax);
  const limit = pLimit(readsAtOnceMax);
  const read = await Promise.all(
    kept.toReversed().map((window) =>
      limit(async () => {
        const found = await readWindow(logs, window, signal);
        return found === null ? [] : [{ window, bytes: found }];
      }),
    ),
  );
  return read.flat();
}

async function readWindow(
  logs: (bucket: string) => LogStore,
  window: LogWindow,
  signal: AbortSignal,
): Promise<Uint8Array | null> {
  try {
    return await readLogWindow(logs, window, { bytesMax: windowBytesMax, signal });
  } catch (error) {
    if (error instanceof PortError && (error.kind === 'not-found' || error.kind === 'too-large')) return null;
    throw error;
  }
}
