import type { EvidenceRef } from '../workflows/domain/evidence.ts';
import type { Finding } from '../workflows/domain/finding.ts';
import { unifyDevices, type GpuAlias } from '../kb/reasoning/devices.ts';
import { ofRanksSinceDead } from '../kb/reasoning/time-tells.ts';
import type { Inventory } from '../kb/schemas/inventory.ts';
import { findingsSchema } from './evidence-shapes.ts';
import { getJson } from './json-evidence.ts';
import type { EvidenceStore } from './ports.ts';

/** The findings of several scans and probe batches, each once, with every GPU under both of its names. */
export async function readFindings(
  store: EvidenceStore,
  refs: readonly EvidenceRef[],
  gpus: readonly GpuAlias[],
  signal?: AbortSignal,
): Promise<readonly Finding[]> {
  const byId = new Map<string, Finding>();
  for (const ref of refs)
    for (const finding of await getJson(store, ref, findingsSchema, signal)) byId.set(finding.id, finding);
  return unifyDevices([...byId.values()], gpus);
}

/** Those of this run, and beside them what an earlier look read of ranks that are dead since. */
export async function readWithEarlier(
  store: EvidenceStore,
  refs: readonly EvidenceRef[],
  earlier: readonly EvidenceRef[],
  signal?: AbortSignal,
): Promise<readonly Finding[]> {
  const present = await readFindings(store, refs, [], signal);
  return [...present, ...ofRanksSinceDead(await readFindings(store, earlier, [], signal), present)];
}

export function gpusOf(inventory: Inventory | undefined, nodes?: readonly string[]): readonly GpuAlias[] {
  const wanted = nodes === undefined ? null : new Set(nodes);
  return (inventory?.nodes ?? [])
    .filter(({ name }) => wanted === null || wanted.has(name))
    .flatMap(({ name, gpus }) => gpus.map(({ index, pciBusId }) => ({ node: name, index, pciBusId })));
}
