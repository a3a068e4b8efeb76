import type { StopCause } from '../job.ts';
import { cutOffNodes } from '../network/leaf-cut-off.ts';
import { endsBetween } from '../network/rc-transport.ts';
import { connectionsBreak } from './connections-break.ts';

/** A leaf without uplinks: no packet of its nodes reaches the others any more, on any rail. */
export const leafCutOff: StopCause = ({ world, settings, attempt, fromMs }) => {
  const stops = cutOffNodes(world, settings, attempt, fromMs).flatMap(({ nodes, sinceMs }) => {
    const ends = endsBetween(world, attempt, (node) => nodes.has(node));
    return connectionsBreak(world, settings, attempt, { ends, sinceMs: Math.max(sinceMs, attempt.runMs) }) ?? [];
  });
  return stops.toSorted((a, b) => a.atMs - b.atMs)[0] ?? null;
};
