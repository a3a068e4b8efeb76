import type { World, WorldNode } from '../../world.ts';
import type { Attempt } from '../job.ts';
import { ncclSetting } from '../nccl-settings.ts';

/**
 * Reliable connections of InfiniBand and RoCE: what is not acknowledged is sent again after 4.096 us * 2^timeout, so many times
 * in a row, and then the queue pair is broken (InfiniBand architecture 1.4, local ACK time-out and retry count). NCCL asks for
 * `NCCL_IB_TIMEOUT`, 20 in this cluster's launch script as it is by default from 2.23 on, and for `NCCL_IB_RETRY_CNT`, 7: about
 * 30 s, says its documentation of both (docs.nvidia.com, environment variables), and that a time-out of 0 or of 32 is infinite.
 */
const usual = { timeout: 20, retries: 7 };

export function retriesMsOf(timeout: number, retries: number): number {
  return timeout === 0 || timeout >= 32 ? Infinity : retries * 4.096e-3 * 2 ** timeout;
}

/** An outage that is shorter than this is survived; one that lasts longer breaks every connection over the port. */
export const retriesMs = retriesMsOf(usual.timeout, usual.retries);

/** The same with what the job or its node sets. */
export function retriesOn(world: World, attempt: Attempt, node: WorldNode): number {
  const set = (name: string, otherwise: number) => {
    const value = ncclSetting(world, attempt, node, name);
    return /^\d{1,2}$/.test(value) ? Number(value) : otherwise;
  };
  return retriesMsOf(set('NCCL_IB_TIMEOUT', usual.timeout), set('NCCL_IB_RETRY_CNT', usual.retries));
}

/** Adapters keep their time in coarse steps, and do not begin at the same packet. Assumed. */
export const retrySpreadMs = 1_900;

/** One end of a connection between a rank and the one of the same local number on a neighbour in the ring. */
export interface ConnectionEnd {
  /** Indexes in the world, and the local rank. */
  readonly node: number;
  readonly peer: number;
  readonly gpu: number;
  /** What NCCL's request was about: it sends to the next node and receives from the one before. */
  readonly request: 'Send' | 'Recv';
}

/** Local ranks that send over the adapter of a rail. */
export function gpusOfRail(world: World, rail: number): readonly number[] {
  return [2 * rail, 2 * rail + 1].map((gpu) => Math.min(world.gpusPerNode - 1, gpu));
}

/**
 * Everybody who learns that the connections over a port are broken: both ends of each, as either of them waits for
 * acknowledgements. An adapter that is dead itself reports nothing to its own ranks.
 */
export function endsOfPort(
  world: World,
  { nodes }: Attempt,
  node: WorldNode,
  rail: number,
  isSilent: boolean,
): readonly ConnectionEnd[] {
  const place = nodes.indexOf(node.index);
  const next = nodes[(place + 1) % nodes.length] ?? node.index;
  const before = nodes[(place + nodes.length - 1) % nodes.length] ?? node.index;
  const ends = gpusOfRail(world, rail).flatMap((gpu): readonly ConnectionEnd[] => [
    { node: node.index, peer: next, gpu, request: 'Send' },
    { node: before, peer: node.index, gpu, request: 'Send' },
    ...(next === before ? [] : [{ node: next, peer: node.index, gpu, request: 'Recv' as const }]),
  ]);
  // Who is alone in its job has no peer that could stay silent.
  return isSilent && next !== node.index ? ends.filter((end) => end.node !== node.index) : ends;
}

/** The same of all rails between nodes that cannot reach each other any more. */
export function endsBetween(
  world: World,
  { nodes }: Attempt,
  isCutOff: (node: number) => boolean,
): readonly ConnectionEnd[] {
  return nodes.flatMap((node, place): readonly ConnectionEnd[] => {
    const next = nodes[(place + 1) % nodes.length] ?? node;
    if (isCutOff(node) === isCutOff(next)) return [];
    return Array.from({ length: world.gpusPerNode }, (_, gpu) => gpu).flatMap((gpu): readonly ConnectionEnd[] => [
      { node, peer: next, gpu, request: 'Send' },
      { node: next, peer: node, gpu, request: 'Recv' },
    ]);
  });
}
