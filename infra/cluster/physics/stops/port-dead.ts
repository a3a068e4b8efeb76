import type { StopCause } from '../job.ts';
import { lostPorts } from '../network/dead-ports.ts';
import { endsOfPort } from '../network/rc-transport.ts';
import { connectionsBreak } from './connections-break.ts';

/**
 * Connections over a port that died under a running job break when their retries run out. Firmware that hangs can tell its own
 * ranks of nothing, the time-outs included, and so only their peers speak.
 */
export const portDeadStop: StopCause = ({ world, settings, attempt, fromMs }) => {
  const stops = lostPorts(world, settings, attempt, fromMs).flatMap(({ node, hca, sinceMs, why }) => {
    const ends = endsOfPort(world, attempt, node, node.hcas.indexOf(hca), why === 'firmware');
    return connectionsBreak(world, settings, attempt, { ends, sinceMs: Math.max(sinceMs, attempt.runMs) }) ?? [];
  });
  return stops.toSorted((a, b) => a.atMs - b.atMs)[0] ?? null;
};
