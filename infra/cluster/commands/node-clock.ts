import { clockOffsetMs } from '../physics/tool-troubles.ts';
import type { CommandContext } from './command.ts';

/** A moment as the clock of the machine shows it: what a tool prints from that clock goes through here. */
export function onNodeClock({ timeline, node, nowMs }: CommandContext, ms: number): number {
  return ms + clockOffsetMs(timeline, node, nowMs);
}
