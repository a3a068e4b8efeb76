import { graphSchema, type Graph } from '../../kb/reasoning/graph.ts';
import type { EvidenceRef } from '../../workflows/domain/evidence.ts';
import { getJson } from '../json-evidence.ts';
import { PortError, type EvidenceStore } from '../ports.ts';

/** The graph of the chart's last round, of the evidence that is archived with it; null where there is none to read. */
export async function latestGraph(
  chart: unknown,
  evidence: readonly EvidenceRef[],
  store: EvidenceStore,
  signal?: AbortSignal,
): Promise<Graph | null> {
  const id = lastGraphId(chart);
  const ref = evidence.find((one) => one.kind === 'graph' && one.id === id);
  if (ref === undefined) return null;
  try {
    return await getJson(store, ref, graphSchema, signal);
  } catch (error) {
    // What is gone or was changed stands in the manifest as such; a store that is away is tried again.
    if (error instanceof PortError && error.kind !== 'unreachable' && error.kind !== 'denied') return null;
    throw error;
  }
}

function lastGraphId(chart: unknown): unknown {
  const rounds = field(chart, 'rounds');
  return Array.isArray(rounds) ? field(field(rounds.at(-1), 'graphRef'), 'id') : undefined;
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined;
}
