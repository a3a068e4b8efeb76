import type { World } from '../../world.ts';
import { rankIn, type Attempt, type DyingRank, type RankDeath, type StopCause } from '../job.ts';
import { severedPorts } from '../rails.ts';

/**
 * NCCL's queue pairs resend what is not acknowledged, seven times, each time after 4.096 us * 2^NCCL_IB_TIMEOUT; with 20,
 * as the launch script of this job sets it, that is 4.3 s: a flap is survived, a port that stays down is not.
 */
export const retriesMs = 7 * 4_295;

/** A running job's connections over a port that somebody disables break when their retries run out. */
export const portClosedStop: StopCause = ({ world, settings, attempt }) => {
  let first: RankDeath | null = null;
  for (const { node, hca, link } of severedPorts(world, settings, attempt)) {
    const closed = link.closed.at(-1);
    if (closed === undefined) continue;
    const atMs = Math.max(closed.fromMs, attempt.runMs) + retriesMs;
    if (first !== null && atMs >= first.atMs) continue;
    // The first of the GPUs that share this HCA is as good as any.
    const gpu = Math.min(world.gpusPerNode - 1, 2 * node.hcas.indexOf(hca));
    const peer = peerOf(world, attempt, node.index, gpu);
    first = {
      atMs,
      node: node.index,
      gpu,
      exitCode: -6,
      lastWords: (who) => connectionLost(who, peer),
      slurmState: 'FAILED',
    };
  }
  return first;
};

/** Address and port of the connection to the next node in the ring. */
export function peerOf(world: World, attempt: Attempt, node: number, gpu: number): string {
  const place = attempt.nodes.indexOf(node);
  const next = world.nodes[attempt.nodes[(place + 1) % attempt.nodes.length] ?? node];
  return `${next?.managementIp ?? '0.0.0.0'}<${40_000 + (((rankIn(attempt, world, node, gpu) ?? 0) * 37) % 20_000)}>`;
}

/** NCCL 2.22: IBV_WC_RETRY_EXC_ERR is status 12, and the adapter's own code for it is 129. */
export function connectionLost({ host, rank, gpu, pid, atMs }: DyingRank, peer: string): readonly string[] {
  const proxy = `${host}:${pid}:${pid + 262} [${gpu}]`;
  const completion = `NET/IB : Got completion from peer ${peer} with status=12 opcode=0 len=0 vendor err 129 (Send)`;
  const glog = new Date(atMs).toISOString();
  const stamp = `E${glog.slice(5, 7)}${glog.slice(8, 10)} ${glog.slice(11, 23)}000000`;
  const network = 'NCCL error: remote process exited or there was a network error, NCCL version 2.22.3';
  return [
    '',
    `${proxy} transport/net_ib.cc:1490 NCCL WARN ${completion}`,
    `${proxy} NCCL INFO transport/net.cc:1302 -> 6`,
    `${proxy} NCCL INFO proxy.cc:698 -> 6`,
    `${proxy} NCCL INFO proxy.cc:878 -> 6 [Progress Thread]`,
    `[rank${rank}]:[${stamp} ProcessGroupNCCL.cpp:1515] [PG 0 (default_pg) Rank ${rank}] Process group watchdog thread terminated with exception: ${network}`,
    'ncclRemoteError: A call failed possibly due to a network error or a remote process exiting prematurely.',
    'Last error:',
    completion,
    "terminate called after throwing an instance of 'c10::DistBackendError'",
    `  what():  [PG 0 (default_pg) Rank ${rank}] Process group watchdog thread terminated with exception: ${network}`,
  ];
}
