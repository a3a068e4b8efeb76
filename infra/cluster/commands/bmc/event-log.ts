import { selEntries } from '../../logs/bmc-sources/index.ts';
import type { SelEntry } from '../../logs/bmc-sources/bmc-source.ts';
import type { Timeline } from '../../physics/timeline.ts';
import type { WorldNode } from '../../world.ts';

// A controller keeps some thousand entries; a year holds all that a simulated node has.
const keptMs = 365 * 24 * 3_600_000;

export interface NumberedEntry extends SelEntry {
  /** Record id, from 1. */
  readonly id: number;
}

export function eventLog(timeline: Timeline, node: WorldNode, ms: number): readonly NumberedEntry[] {
  return selEntries(timeline, node, Math.max(0, ms - keptMs), ms).map((entry, at) => ({ ...entry, id: at + 1 }));
}

/** A line of `ipmitool sel elist` (1.8.18): id in hex, date, time, sensor with its type, event, direction. */
export function eventLine({ id, atMs, sensor, event, direction }: NumberedEntry): string {
  const at = new Date(atMs).toISOString();
  const date = `${at.slice(5, 7)}/${at.slice(8, 10)}/${at.slice(0, 4)}`;
  return `${id.toString(16).padStart(4)} | ${date} | ${at.slice(11, 19)} | ${sensor} | ${event} | ${direction}\n`;
}
