import { readLocalLog, type LocalLog } from '../../activities/adapters/local-logs.ts';
import { PortError } from '../../activities/ports.ts';
import type { Phase } from '../../kb/performance/detect/phases.ts';
import { loggedPhases, type LoggedWindow } from '../../kb/performance/logged-phases.ts';
import type { SourceFacts } from '../../kb/schemas/sequence-detector.ts';

/** A log of rank 0 on this machine, and what its scan found out about it. */
export interface RankZeroLog {
  readonly log: LocalLog;
  readonly facts: SourceFacts;
}

// As much as an incident reads of rank 0 (activities/rank-windows.ts); a log that is larger is left out.
const logBytesMax = 16 * 1024 * 1024;
const bytesMax = 64 * 1024 * 1024;

/** Pauses for checkpoints and evaluations. A log that has gone since it was scanned is left out: they only explain. */
export async function readPhases(logs: readonly RankZeroLog[]): Promise<readonly Phase[]> {
  const newestFirst = logs
    .filter(({ facts }) => facts.lastMs !== undefined && facts.bytes <= logBytesMax)
    .toSorted((a, b) => (b.facts.lastMs ?? 0) - (a.facts.lastMs ?? 0));
  let bytes = 0;
  const kept = newestFirst.filter(({ facts }) => (bytes += facts.bytes) <= bytesMax);
  const windows: LoggedWindow[] = [];
  for (const one of kept.toReversed()) {
    const read = await windowOf(one);
    if (read !== null) windows.push(read);
  }
  return loggedPhases(windows);
}

async function windowOf({ log, facts }: RankZeroLog): Promise<LoggedWindow | null> {
  const { source, evidenceId, node, rank } = facts;
  try {
    const chunks: Uint8Array[] = [];
    for await (const chunk of readLocalLog(log)) chunks.push(chunk);
    return {
      source,
      evidenceId,
      referenceMs: log.modifiedMs,
      ...(node === undefined ? {} : { node }),
      ...(rank === undefined ? {} : { rank }),
      bytes: Buffer.concat(chunks),
    };
  } catch (error) {
    if (error instanceof PortError) return null;
    throw error;
  }
}
