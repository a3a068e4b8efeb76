import { factSince } from '../../state/facts/fact-at.ts';
import type { Timeline } from '../../physics/timeline.ts';
import type { WorldNode } from '../../world.ts';
import type { SelEntry } from './bmc-source.ts';

// The node is up again, and the script that collects and clears all logs comes round.
const scriptAfterMs = 7 * 60_000;

/**
 * An event log after somebody cleared it: the first entry says so, and that is all that is left of the time before. IPMI
 * 2.0 table 42-3, sensor type 10h, offset 2; Intel's "System Event Log Troubleshooting Guide", section 11.3.
 */
export function afterClearing(
  timeline: Timeline,
  node: WorldNode,
  entries: readonly SelEntry[],
  toMs: number,
): readonly SelEntry[] {
  const { settings } = timeline.segmentAt(toMs);
  if (!settings.facts.has('bmc.log-cleared')) return entries;
  const sinceMs = factSince(settings, { fact: 'bmc.log-cleared', place: node.name }, toMs);
  if (sinceMs === null || sinceMs + scriptAfterMs > toMs) return entries;
  const atMs = sinceMs + scriptAfterMs;
  const cleared: SelEntry = {
    atMs,
    sensor: 'Event Logging Disabled SEL',
    event: 'Log area reset/cleared',
    direction: 'Asserted',
  };
  return [cleared, ...entries.filter((entry) => entry.atMs > atMs)];
}
