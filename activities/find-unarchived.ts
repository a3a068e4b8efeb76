import type { ArchiveInput } from '../workflows/domain/closing-data.ts';
import { manifestOfKey, runFolder, type ArchiveStore } from './audit/archive-store.ts';
import { withHeartbeats } from './heartbeats.ts';
import { rethrow } from './port-failure.ts';
import type { Clock } from './ports.ts';

export interface ClosedIncidents {
  /** Asks `take` for each incident that ended before then, wall time, until it answers false or the bound is reached. */
  each(
    beforeMs: number,
    countMax: number,
    take: (run: { readonly workflowId: string; readonly runId: string }) => Promise<boolean>,
  ): Promise<{ readonly looked: number; readonly truncated: boolean }>;
}

// One listing of S3 each: some 20 s.
const lookedMax = 2_000;
// Each reads all evidence of an incident; the next sweep takes the next ones.
const startedMax = 50;
// An incident that has just closed is about to be archived by its own child.
const graceMs = 10 * 60_000;

/** Closed incidents of which S3 has no manifest. */
export function createFindUnarchived(ports: {
  readonly closed: ClosedIncidents;
  readonly archive: ArchiveStore;
  readonly clock: Clock;
}) {
  return async function findUnarchived() {
    const executions: ArchiveInput[] = [];
    let looked = 0;
    return withHeartbeats(
      () => ({ looked, found: executions.length }),
      async (signal) => {
        const seen = await ports.closed.each(ports.clock.nowMs() - graceMs, lookedMax, async (run) => {
          signal.throwIfAborted();
          looked += 1;
          const keys = await ports.archive.list(runFolder(run.workflowId, run.runId), { keysMax: 100, signal });
          const cluster = clusterOf(run.workflowId);
          if (cluster !== null && !keys.some((key) => manifestOfKey(key) !== null))
            executions.push({ cluster, ...run });
          return executions.length < startedMax;
        });
        return { executions, ...seen };
      },
    ).catch(rethrow);
  };
}

function clusterOf(workflowId: string): string | null {
  return /^incident\/([^/]+)\/[^/]+$/.exec(workflowId)?.[1] ?? null;
}
