import { readFlightDump, type FlightDump } from '../kb/logs/flight-recorder/dump.ts';
import { pickleLimits } from '../kb/logs/flight-recorder/pickle.ts';
import { localEvidenceId } from '../kb/logs/fingerprint.ts';
import { readLocalLog, type LocalLog } from './adapters/local-logs.ts';

export type LocalDump =
  | { readonly kind: 'read'; readonly dump: FlightDump; readonly notes: readonly string[] }
  | { readonly kind: 'unreadable'; readonly reason: string };

/** One flight-recorder dump of this machine; its bytes are not kept. */
export async function readLocalDump(log: LocalLog): Promise<LocalDump> {
  const bytes = await bytesOf(log);
  return bytes === null
    ? { kind: 'unreadable', reason: `more than ${pickleLimits.bytesMax} bytes` }
    : readFlightDump({ source: log.path, evidenceId: localEvidenceId(log.path), bytes });
}

/** `null` for one that is longer than a dump may be. */
async function bytesOf(log: LocalLog): Promise<Uint8Array | null> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of readLocalLog(log)) {
    length += chunk.length;
    if (length > pickleLimits.bytesMax) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
