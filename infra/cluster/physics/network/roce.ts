import { factAt } from '../../state/facts/fact-at.ts';
import type { Settings } from '../../state/settings.ts';
import type { World, WorldNode } from '../../world.ts';
import type { Timeline } from '../timeline.ts';
import { countedMinutes } from './link-errors.ts';
import { ipv4Gid, linkLocalGid, macOf } from './ethernet.ts';

/** The RDMA device over both ports of bond0: a ConnectX-6 Dx in link aggregation. */
export const roceDevice = 'mlx5_bond_0';

export interface Gid {
  readonly index: number;
  readonly gid: string;
  readonly ipv4: string;
  readonly version: 'v1' | 'v2';
}

/** GIDs in the order in which addresses came to the interface, each as RoCE v1 and v2. */
export function roceGids(world: World, settings: Settings, node: WorldNode, ms: number): readonly Gid[] {
  const order = factAt(settings, { fact: 'roce.gid-order', place: node.name }, ms);
  const local = { gid: linkLocalGid(macOf(world, node, 'bond0')), ipv4: '' };
  const four = { gid: ipv4Gid(node.managementIp), ipv4: node.managementIp };
  const hex = four.gid.slice(-9).split(':');
  const six = { gid: `fd64:0000:0000:0000:0000:0000:${hex[0]}:${hex[1]}`, ipv4: '' };
  const all = order === 'ipv6-first' ? [local, six, four] : [local, four];
  return all.flatMap((one, at) => [
    { ...one, index: 2 * at, version: 'v1' as const },
    { ...one, index: 2 * at + 1, version: 'v2' as const },
  ]);
}

/** The GID index that the launch script of a job over RoCE sets: IPv4, version 2, as the site's guide says. */
export const gidIndex = 3;

export interface RoceCounters {
  readonly pauses: number;
  readonly pauseUs: number;
  readonly discards: number;
  readonly outOfSequence: number;
  readonly congestionNotifications: number;
  readonly bytes: number;
}

// Of a job whose gradients go over RoCE, a second: incast at every all-reduce; assumed.
const perSecond = { pauses: 210, discards: 9_000, bytes: 6.2e9, notifications: 340 };

/** What priority 3 has counted. Where flow control is on, switches pause the sender; where it is off, packets are lost. */
export function roceCounters(cluster: Timeline, node: WorldNode, ms: number): RoceCounters {
  const timeline = cluster.of(node);
  const busySeconds = roceSeconds(timeline, node, ms);
  // Sum over time of the share that is lost, in minutes.
  const lossyMinutes = countedMinutes(timeline, 'roce.lossiness', node.name, undefined, ms);
  const quiet = lossyMinutes > 0 ? timeLossy(timeline, node, ms) : 0;
  const pauses = Math.max(0, busySeconds - quiet) * perSecond.pauses;
  return {
    pauses: Math.floor(pauses),
    pauseUs: Math.floor(pauses * 22),
    discards: Math.floor(Math.min(1, busySeconds) * lossyMinutes * 60 * perSecond.discards),
    outOfSequence: Math.floor(Math.min(1, busySeconds) * lossyMinutes * 60 * perSecond.discards * 0.4),
    congestionNotifications: Math.floor(busySeconds * perSecond.notifications),
    bytes: Math.floor(busySeconds * perSecond.bytes),
  };
}

/** Seconds in which a job made steps over RoCE on this node. */
function roceSeconds(timeline: Timeline, node: WorldNode, ms: number): number {
  const { job } = timeline.world;
  if (
    !timeline.actions.some(({ changes }) => changes.some((one) => one.kind === 'fact' && one.fact === 'job.transport'))
  )
    return 0;
  timeline.segmentAt(ms);
  let total = 0;
  for (const [at, { fromMs, settings, busyNodes, meanStepMs }] of timeline.segments.entries()) {
    if (fromMs >= ms) break;
    if (meanStepMs === null || !busyNodes.has(node.name)) continue;
    if (factAt(settings, { fact: 'job.transport', place: job.name }, fromMs) !== 'roce') continue;
    total += Math.min(ms, timeline.segments[at + 1]?.fromMs ?? ms) - fromMs;
  }
  return total / 1_000;
}

function timeLossy(timeline: Timeline, node: WorldNode, ms: number): number {
  let total = 0;
  for (const [at, { fromMs, settings }] of timeline.segments.entries()) {
    if (fromMs >= ms) break;
    if (factAt(settings, { fact: 'roce.lossiness', place: node.name }, fromMs) === 0) continue;
    total += Math.min(ms, timeline.segments[at + 1]?.fromMs ?? ms) - fromMs;
  }
  return total / 1_000;
}
