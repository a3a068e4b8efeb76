import type { Timeline } from '../../physics/timeline.ts';
import type { WorldNode } from '../../world.ts';
import type { BmcSource, SelEntry } from './bmc-source.ts';
import {
  brakeEntries,
  fanEntries,
  memoryEntries,
  processorEntries,
  supplyEntries,
  trippedEntries,
} from './hardware.ts';
import { afterClearing } from './cleared.ts';
import { heatEntries } from './heat.ts';
import { pastEntries } from './past-events.ts';
import { powerEntries } from './power.ts';

/** Everything that the management controller of a node notes. */
export const bmcSources: readonly BmcSource[] = [
  powerEntries,
  pastEntries,
  heatEntries,
  fanEntries,
  supplyEntries,
  brakeEntries,
  processorEntries,
  memoryEntries,
  trippedEntries,
];

/** Its event log up to a moment, oldest first. */
export function selEntries(timeline: Timeline, node: WorldNode, fromMs: number, toMs: number): readonly SelEntry[] {
  const own = timeline.of(node);
  const entries = bmcSources.flatMap((source) => source(own, node, fromMs, toMs));
  return afterClearing(own, node, entries, toMs)
    .filter(({ atMs }) => atMs >= fromMs && atMs <= toMs)
    .toSorted((a, b) => a.atMs - b.atMs);
}
