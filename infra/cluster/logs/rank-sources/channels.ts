import { integer } from '../../noise.ts';
import { atLaunch } from '../../physics/launch-state.ts';
import { trainerPid } from '../../physics/job.ts';
import { isOnSockets } from '../../physics/nccl-settings.ts';
import type { RankSource } from './rank-source.ts';

/** Between the exchange of addresses and the end of the connecting, before the first step. */
const beforeFirstStepMs = 7_950;

/**
 * The channel of a rank to the next node, as NCCL 2.22 prints it (`transport/net.cc`): with `/GDRDMA` when the adapter
 * reads the GPU's memory, which takes the peer-memory module of the driver.
 */
export const channelLines: RankSource = ({ timeline, life, node, gpu, rank }) => {
  const { world } = timeline;
  const { attempt, stoppedMs, death } = life;
  const atMs = attempt.runMs - beforeFirstStepMs + integer(world.seed, 400, 'channel', attempt.number, rank);
  if (attempt.nodes.length < 2 || atMs >= Math.min(stoppedMs, death?.stuckFromMs ?? Infinity)) return [];
  const ranks = attempt.nodes.length * world.gpusPerNode;
  const next = (rank + world.gpusPerNode) % ranks;
  const module = atLaunch(world, attempt, { fact: 'host.module', place: node.name, key: 'nvidia_peermem' });
  const sockets = isOnSockets(world, attempt, node);
  const way = sockets ? 'NET/Socket/0' : `NET/IB/${Math.floor(gpu / 2)}${module === 'loaded' ? '/GDRDMA' : ''}`;
  const pid = trainerPid(attempt, world, node.index, gpu);
  const channel = `Channel 00/0 : ${rank}[${gpu}] -> ${next}[${gpu}] [send] via ${way}`;
  return [{ atMs, text: `${node.name}:${pid}:${pid + 214} [${gpu}] NCCL INFO ${channel}` }];
};
