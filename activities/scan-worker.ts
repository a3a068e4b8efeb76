import { once } from 'node:events';
import { parentPort } from 'node:worker_threads';
import { readLocalLog } from './adapters/local-logs.ts';
import { PortError } from './ports.ts';
import { logScans } from './scan-engine.ts';
import { scanStream } from './scan-stream.ts';
import type { ScanReply, ScanRequest, ScanTaken } from './scan-thread.ts';

/** The thread's side of `scan-thread.ts`. */
const scans = logScans();

parentPort?.on('message', (message: ScanRequest | ScanTaken) => {
  if (message.kind !== 'taken') void answer(message);
});

function tell(reply: ScanReply): void {
  parentPort?.postMessage(reply);
}

async function answer(request: ScanRequest): Promise<void> {
  if (request.kind === 'bytes') {
    const scan = scans.open(request.source);
    scan.feed(request.bytes);
    return tell({ kind: 'report', report: scan.end() });
  }
  const { log, source, reduce } = request;
  try {
    const chunks = readLocalLog(log, (change) => tell({ kind: 'changed', change }), 'passing');
    const scanned = await scanStream(scans, source, chunks, {
      onRead: (bytes) => tell({ kind: 'read', bytes }),
      ...(reduce === null ? {} : { onReduced, filters: reduce.filters }),
    });
    tell({ kind: 'report', ...scanned });
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    tell({ kind: 'failed', error: error.kind, message: error.message });
  }
}

/** Goes on when the batch has been taken: what is not yet wanted stays unread on the disk. */
async function onReduced(entries: Extract<ScanReply, { kind: 'reduced' }>['entries']): Promise<void> {
  if (parentPort === null) return;
  const taken = once(parentPort, 'message');
  tell({ kind: 'reduced', entries });
  await taken;
}
