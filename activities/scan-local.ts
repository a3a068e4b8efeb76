import { availableParallelism } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import pLimit from 'p-limit';
import { localEvidenceId } from '../kb/logs/fingerprint.ts';
import type { LogSource } from '../kb/logs/source-scan.ts';
import { readLocalLog, type LocalLog } from './adapters/local-logs.ts';
import { logScans } from './scan-engine.ts';
import { openScanPool } from './scan-pool.ts';
import { scanStream, untilStopped } from './scan-stream.ts';
import type { FileProgress, Scanned } from './scan-thread.ts';

/** Scans of files on this machine: on all cores where it is worth the start of threads, in place where it is not. */
export interface LocalScans {
  scan(log: LocalLog, progress?: FileProgress): Promise<Scanned>;
  close(): Promise<void>;
}

export type LocalOptions = Pick<LogSource, 'honoursNotes' | 'zone'>;

// Half a second of one core, against about a tenth of a second for a thread's start.
const threadsBytesMin = 32 * 1024 * 1024;

export function openLocalScans(logs: readonly LocalLog[], options: LocalOptions = {}): LocalScans {
  const total = logs.reduce((sum, { bytes }) => sum + bytes, 0);
  const parallel = Math.min(logs.length, availableParallelism());
  if (total >= threadsBytesMin) keepYoungHeapSmall();
  return parallel > 1 && total >= threadsBytesMin ? inThreads(parallel, options) : inPlace(options);
}

/**
 * Lines die young, millions of them: V8 answers with a young generation of 100 MB and more, which outgrows all that a scan
 * holds and makes it no faster (1 GB of logs: 206 instead of 335 MB at its peak on one core). It stays as it began.
 */
function keepYoungHeapSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}

function inThreads(threads: number, options: LocalOptions): LocalScans {
  const pool = openScanPool(threads, new AbortController().signal);
  return {
    scan: (log, progress) =>
      pool.scan(
        {
          kind: 'file',
          source: sourceOf(log, options),
          log,
          reduce: progress?.onReduced === undefined ? null : { filters: progress.filters ?? [] },
        },
        progress,
      ),
    close: () => pool.close(),
  };
}

/** One after the other: two at once would only hold twice the memory. */
function inPlace(options: LocalOptions): LocalScans {
  const scans = logScans();
  const inOrder = pLimit(1);
  let isClosed = false;
  return {
    scan: (log, progress = {}) =>
      inOrder(() => {
        const read = () => readLocalLog(log, progress.onChange, 'passing');
        return scanStream(
          scans,
          sourceOf(log, options),
          untilStopped(log.path, read, () => isClosed),
          progress,
        );
      }),
    async close() {
      isClosed = true;
    },
  };
}

function sourceOf(log: LocalLog, { honoursNotes, zone }: LocalOptions): LogSource {
  return {
    source: log.path,
    evidenceId: localEvidenceId(log.path),
    referenceMs: log.modifiedMs,
    ...(honoursNotes === true ? { honoursNotes } : {}),
    ...(zone === undefined ? {} : { zone }),
  };
}
