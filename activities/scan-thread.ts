import { Worker } from 'node:worker_threads';
import type { ReducedEntry, ReductionSummary } from '../kb/logs/reduce.ts';
import type { LogSource, SourceReport } from '../kb/logs/source-scan.ts';
import type { LocalLog, LogChange } from './adapters/local-logs.ts';
import { PortError, type PortErrorKind } from './ports.ts';

/** Log lines that learned rules take for routine: RE2 patterns that have been checked. */
export interface Reduction {
  readonly filters: readonly string[];
}

/** What a thread is asked: to scan bytes, or a file that it reads by itself. */
export type ScanRequest =
  | { readonly kind: 'bytes'; readonly source: LogSource; readonly bytes: Uint8Array }
  | { readonly kind: 'file'; readonly source: LogSource; readonly log: LocalLog; readonly reduce: Reduction | null };

/** One batch of reduced entries has been taken: the thread may go on. */
export interface ScanTaken {
  readonly kind: 'taken';
}

export type ScanReply =
  | { readonly kind: 'report'; readonly report: SourceReport; readonly reduction?: ReductionSummary }
  | { readonly kind: 'read'; readonly bytes: number }
  | { readonly kind: 'changed'; readonly change: LogChange }
  | { readonly kind: 'reduced'; readonly entries: readonly ReducedEntry[] }
  | { readonly kind: 'failed'; readonly error: PortErrorKind; readonly message: string };

/** What is wanted of a file beside its report. */
export interface FileProgress {
  /** The reduced log, batch by batch in its order; the next ones wait until this one has been taken. */
  readonly onReduced?: (entries: readonly ReducedEntry[]) => Promise<void>;
  readonly filters?: readonly string[];
  readonly onRead?: (bytes: number) => void;
  readonly onChange?: (change: LogChange) => void;
}

/** Scans in a thread of its own, one request at a time, so that the process keeps beating and polling meanwhile. */
export interface ScanThread {
  scan(request: ScanRequest, progress?: FileProgress): Promise<Scanned>;
  /** It has died or was given up; it answers nothing more. */
  hasFailed(): boolean;
  close(): Promise<void>;
}

export interface Scanned {
  readonly report: SourceReport;
  /** Only where reduction was asked for. */
  readonly reduction?: ReductionSummary;
}

export function openScanThread(signal: AbortSignal): ScanThread {
  const worker = new Worker(new URL('./scan-worker.ts', import.meta.url), {
    // What a scan keeps is bounded; one that needs more than this has run away.
    resourceLimits: { maxOldGenerationSizeMb: heapMbMax, maxYoungGenerationSizeMb: youngMb },
  });
  let failure: Error | null = null;
  let waiting: Waiting | null = null;
  const fail = (error: Error) => {
    failure ??= error;
    waiting?.reject(failure);
    waiting = null;
    // What it is at is not wanted any more, and may never end.
    void worker.terminate();
  };
  worker.on('message', (reply: ScanReply) => {
    if (waiting === null) return;
    if (reply.kind === 'reduced') void take(reply.entries, waiting);
    else if (settle(reply, waiting)) waiting = null;
  });
  worker.on('error', (error) => fail(ended(waiting, error)));
  worker.on('exit', () => fail(ended(waiting, new Error('its thread was stopped'))));
  const take = async (entries: readonly ReducedEntry[], { progress }: Waiting): Promise<void> => {
    try {
      await progress.onReduced?.(entries);
      worker.postMessage({ kind: 'taken' } satisfies ScanTaken);
    } catch (error) {
      // The thread would wait for ever for its batch to be taken.
      fail(error instanceof Error ? error : new Error(String(error)));
    }
  };
  const abort = () => fail(signal.reason instanceof Error ? signal.reason : new Error('the scan was cancelled'));
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();

  return {
    scan: (request, progress = {}) =>
      new Promise<Scanned>((resolve, reject) => {
        if (failure !== null) return reject(failure);
        waiting = { source: request.source.source, resolve, reject, progress };
        worker.postMessage(request);
      }),
    hasFailed: () => failure !== null,
    async close() {
      signal.removeEventListener('abort', abort);
      await worker.terminate();
    },
  };
}

/** Names what it was at; a thread that was between two scans names nothing. */
function ended(waiting: Waiting | null, cause: unknown): Error {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new Error(`the scan ${waiting === null ? '' : `of ${waiting.source} `}has ended: ${why}`, { cause });
}

interface Waiting {
  readonly source: string;
  readonly resolve: (scanned: Scanned) => void;
  readonly reject: (error: Error) => void;
  readonly progress: FileProgress;
}

/** Whether the scan has come to its end. */
function settle(reply: Exclude<ScanReply, { kind: 'reduced' }>, { resolve, reject, progress }: Waiting): boolean {
  switch (reply.kind) {
    case 'report':
      resolve({
        report: reply.report,
        ...(reply.reduction === undefined ? {} : { reduction: reply.reduction }),
      });
      return true;
    case 'read':
      progress.onRead?.(reply.bytes);
      return false;
    case 'changed':
      progress.onChange?.(reply.change);
      return false;
    case 'failed':
      reject(new PortError(reply.error, reply.message));
      return true;
  }
}

const heapMbMax = 1_024;
// Strings of lines die young; with V8's own 48 MB a thread, several of them hold more than the logs need.
const youngMb = 6;
