import type { MergedIncident } from './incident-view.ts';

const idCharsMax = 1_000;

/** Reads the payload of `incidentMerged`; `null` when it is none. */
export function readMerged(payload: unknown, atMs: number): MergedIncident | null {
  if (typeof payload !== 'object' || payload === null) return null;
  const { workflowId, runId } = payload as Readonly<Record<string, unknown>>; // checked below
  if (typeof workflowId !== 'string' || typeof runId !== 'string') return null;
  if (!workflowId.startsWith('incident/') || workflowId.length > idCharsMax || runId.length > idCharsMax) return null;
  return { workflowId, runId, atMs };
}
