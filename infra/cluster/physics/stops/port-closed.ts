import type { StopCause } from '../job.ts';
import { endsOfPort } from '../network/rc-transport.ts';
import { severedPorts } from '../rails.ts';
import { connectionsBreak } from './connections-break.ts';

/** A running job's connections over a port that somebody disables break when their retries run out. */
export const portClosedStop: StopCause = ({ world, settings, attempt }) => {
  const stops = severedPorts(world, settings, attempt).flatMap(({ node, hca, link }) => {
    const closed = link.closed.at(-1);
    if (closed === undefined) return [];
    const sinceMs = Math.max(closed.fromMs, attempt.runMs);
    const ends = endsOfPort(world, attempt, node, node.hcas.indexOf(hca), false);
    return connectionsBreak(world, settings, attempt, { ends, sinceMs }) ?? [];
  });
  return stops.toSorted((a, b) => a.atMs - b.atMs)[0] ?? null;
};
