import { Worker } from 'node:worker_threads';
import type { LogSource } from '../kb/logs/read.ts';
import type { Finding } from '../workflows/domain/finding.ts';

/** Scans in a thread of its own, so that the process keeps beating and polling while detectors run. */
export interface ScanThread {
  /** Resolves when the source has been scanned. */
  scan(source: LogSource, bytes: Uint8Array): Promise<void>;
  finish(): Promise<readonly Finding[]>;
  close(): Promise<void>;
}

export type ScanRequest =
  | { readonly kind: 'scan'; readonly source: LogSource; readonly bytes: Uint8Array }
  | { readonly kind: 'finish' };
export type ScanReply =
  | { readonly kind: 'scanned' }
  | { readonly kind: 'findings'; readonly findings: readonly Finding[] };

export function openScanThread(signal: AbortSignal): ScanThread {
  const worker = new Worker(new URL('./scan-worker.ts', import.meta.url), {
    // Findings are bounded; a detector that needs more than this has run away.
    resourceLimits: { maxOldGenerationSizeMb: heapMbMax },
  });
  let failure: Error | null = null;
  let waiting: { resolve(reply: ScanReply): void; reject(error: Error): void } | null = null;
  const fail = (error: Error) => {
    failure ??= error;
    waiting?.reject(failure);
  };
  worker.on('message', (reply: ScanReply) => waiting?.resolve(reply));
  worker.on('error', (error) => fail(error instanceof Error ? error : new Error(String(error))));
  worker.on('exit', () => fail(new Error('the scan thread has ended')));
  const abort = () => fail(signal.reason instanceof Error ? signal.reason : new Error('the scan was cancelled'));
  signal.addEventListener('abort', abort, { once: true });

  const ask = (request: ScanRequest) =>
    new Promise<ScanReply>((resolve, reject) => {
      if (failure !== null) return reject(failure);
      waiting = { resolve, reject };
      worker.postMessage(request);
    });

  return {
    async scan(source, bytes) {
      await ask({ kind: 'scan', source, bytes });
    },
    async finish() {
      const reply = await ask({ kind: 'finish' });
      return reply.kind === 'findings' ? reply.findings : [];
    },
    async close() {
      signal.removeEventListener('abort', abort);
      await worker.terminate();
    },
  };
}

const heapMbMax = 1_024;
