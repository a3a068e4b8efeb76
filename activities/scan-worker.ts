import { parentPort } from 'node:worker_threads';
import { detectors } from '../kb/detectors/index.ts';
import { logScanner } from '../kb/logs/scan.ts';
import type { ScanReply, ScanRequest } from './scan-thread.ts';

/** The thread's side of `scan-thread.ts`: one scanner over all sources, in the order in which they come. */
const scanner = logScanner(detectors);

parentPort?.on('message', (request: ScanRequest) => {
  parentPort?.postMessage(answer(request));
});

function answer(request: ScanRequest): ScanReply {
  if (request.kind === 'finish') return { kind: 'findings', findings: scanner.findings() };
  const feed = scanner.open(request.source);
  feed.feed(request.bytes);
  feed.end();
  return { kind: 'scanned' };
}
