import { lostPorts } from '../network/dead-ports.ts';
import type { RankDeath, StopCause } from '../job.ts';
import { connectionLost, peerOf, retriesMs } from './port-closed.ts';

/** Connections over a port that died under a running job break when their retries run out. */
export const portDeadStop: StopCause = ({ world, settings, attempt, fromMs }) => {
  const deaths = lostPorts(world, settings, attempt, fromMs).map(({ node, hca, sinceMs }): RankDeath => {
    const gpu = Math.min(world.gpusPerNode - 1, 2 * node.hcas.indexOf(hca));
    const peer = peerOf(world, attempt, node.index, gpu);
    return {
      atMs: Math.max(sinceMs, attempt.runMs) + retriesMs,
      node: node.index,
      gpu,
      exitCode: -6,
      lastWords: (who) => connectionLost(who, peer),
      slurmState: 'FAILED',
    };
  });
  return deaths.toSorted((a, b) => a.atMs - b.atMs)[0] ?? null;
};
