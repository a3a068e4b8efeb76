import type { RecallIndex } from './ports.ts';

/**
 * Opens at first use and keeps what was opened. A failure is not kept: whoever comes next tries again, so that a
 * server that is away when a process starts holds up nothing but its own part.
 */
export function openLate<T>(open: () => Promise<T>): () => Promise<T> {
  let opened: Promise<T> | undefined;
  return () => {
    if (opened !== undefined) return opened;
    const opening = open();
    opened = opening;
    opening.catch(() => void (opened = undefined));
    return opening;
  };
}

/** An index that can be opened only when its embedder has answered. */
export function lateIndex(open: () => Promise<RecallIndex>): RecallIndex {
  return {
    state: async (entries, signal) => (await open()).state(entries, signal),
    sync: async (entries, options) => (await open()).sync(entries, options),
    drop: async (signal) => (await open()).drop(signal),
    nearest: async (embedding, options) => (await open()).nearest(embedding, options),
  };
}
