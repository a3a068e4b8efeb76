import { z } from 'zod';
import type { MeasuredProbe } from '../../kb/reasoning/model/case.ts';
import type { EvidenceRef } from '../../workflows/domain/evidence.ts';
import { canonicalJson, getJson } from '../json-evidence.ts';
import type { EvidenceStore } from '../ports.ts';
import { usable } from './usable.ts';

const entriesSchema = z.array(
  z.looseObject({
    probeId: z.string(),
    node: z.string(),
    commands: z.array(z.looseObject({ reading: z.json().optional() })).default([]),
    findings: z.array(z.looseObject({ role: z.string() })).default([]),
  }),
);
type Entry = z.infer<typeof entriesSchema>[number];

/** More than is shown of one reading. */
const sampleCharsMax = 2_000;

/** What probes have read until now, those that saw trouble first, each with the reading of one node. */
export async function measuredProbes(
  store: EvidenceStore,
  results: readonly EvidenceRef[],
  signal: AbortSignal,
): Promise<readonly MeasuredProbe[]> {
  const batches = await Promise.all(results.map((ref) => usable(getJson(store, ref, entriesSchema, signal))));
  const read = batches
    .flatMap((batch) => batch ?? [])
    .filter(({ commands }) => commands.some(({ reading }) => reading !== undefined));
  return [...Map.groupBy(read, ({ probeId }) => probeId)]
    .toSorted(([a, ofA], [b, ofB]) => trouble(ofB) - trouble(ofA) || (a < b ? -1 : 1))
    .map(([probeId, entries]) => ({
      probeId,
      nodes: new Set(entries.map(({ node }) => node)).size,
      sample: canonicalJson(entries[0]?.commands.map(({ reading }) => reading ?? null) ?? []).slice(0, sampleCharsMax),
    }));
}

function trouble(entries: readonly Entry[]): number {
  return entries.flatMap(({ findings }) => findings).filter(({ role }) => role === 'cause' || role === 'symptom')
    .length;
}
