import type { ReducedEntry } from '../kb/logs/reduce.ts';
import type { LogSource } from '../kb/logs/source-scan.ts';
import type { LogScans } from './scan-engine.ts';
import type { Scanned } from './scan-thread.ts';

/** The chunks until the scan is given up: then whoever reads on is told. */
export async function* untilStopped(
  name: string,
  chunks: () => AsyncIterable<Uint8Array>,
  isStopped: () => boolean,
): AsyncGenerator<Uint8Array> {
  if (isStopped()) throw stopped(name);
  for await (const chunk of chunks()) {
    if (isStopped()) throw stopped(name);
    yield chunk;
  }
}

export function stopped(name: string): Error {
  return new Error(`the scan of ${name} was stopped`);
}

/** Scans one source as its chunks come; the entries of its reduced log are handed over between two chunks. */
export async function scanStream(
  scans: LogScans,
  source: LogSource,
  chunks: AsyncIterable<Uint8Array>,
  handlers: {
    readonly onRead?: (bytes: number) => void;
    readonly onReduced?: (entries: readonly ReducedEntry[]) => Promise<void>;
    readonly filters?: readonly string[];
  },
): Promise<Scanned> {
  const { onRead, onReduced, filters = [] } = handlers;
  let entries: ReducedEntry[] = [];
  const handOver = async (): Promise<void> => {
    const batch = entries;
    entries = [];
    if (batch.length > 0) await onReduced?.(batch);
  };
  const reducer = onReduced === undefined ? undefined : scans.reducer((entry) => entries.push(entry), filters);
  const scan = scans.open(source, reducer);
  for await (const chunk of chunks) {
    scan.feed(chunk);
    onRead?.(chunk.length);
    await handOver();
  }
  const report = scan.end();
  await handOver();
  return { report, ...(reducer === undefined ? {} : { reduction: reducer.summary() }) };
}
