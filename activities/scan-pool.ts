import { availableParallelism } from 'node:os';
import { openScanThread, type FileProgress, type Scanned, type ScanRequest, type ScanThread } from './scan-thread.ts';

/** Several scan threads; a request goes to one that is idle, or waits. */
export interface ScanPool {
  readonly threads: number;
  scan(request: ScanRequest, progress?: FileProgress): Promise<Scanned>;
  close(): Promise<void>;
}

/** Each thread holds the detectors and a block of its source: about 60 MB. More would not be fed by one disk. */
const threadsMax = 8;

export function openScanPool(
  wanted: number,
  signal: AbortSignal,
  openThread: (signal: AbortSignal) => ScanThread = openScanThread,
): ScanPool {
  const threads = Math.max(1, Math.min(wanted, threadsMax, availableParallelism()));
  const idle: ScanThread[] = Array.from({ length: threads }, () => openThread(signal));
  const all = new Set(idle);
  const queue: ((thread: ScanThread) => void)[] = [];
  let isClosed = false;

  const take = (): Promise<ScanThread> => {
    const thread = idle.pop();
    return thread === undefined ? new Promise((resolve) => queue.push(resolve)) : Promise.resolve(thread);
  };
  const putBack = (thread: ScanThread): void => {
    const next = queue.shift();
    if (next === undefined) idle.push(thread);
    else next(thread);
  };
  /** A source that brings a thread down fails alone: those that waited behind it get another thread. */
  const inService = (thread: ScanThread): ScanThread => {
    if (!thread.hasFailed() || isClosed || signal.aborted) return thread;
    const fresh = openThread(signal);
    all.delete(thread);
    all.add(fresh);
    return fresh;
  };

  return {
    threads,
    async scan(request, progress) {
      const thread = inService(await take());
      try {
        return await thread.scan(request, progress);
      } finally {
        putBack(thread);
      }
    },
    async close() {
      isClosed = true;
      await Promise.all([...all].map((thread) => thread.close()));
    },
  };
}
