import { uniform } from '../noise.ts';
import { trainerPid } from '../physics/job.ts';
import { downPhases } from '../physics/link-phases.ts';
import { hcaAddress, placeOf } from '../physics/link.ts';
import { connectMs } from '../physics/rails.ts';
import type { AttemptLife } from '../physics/lives.ts';
import type { Timeline } from '../physics/timeline.ts';
import { firmLink } from '../state/link-settings.ts';
import type { WorldHca, WorldNode } from '../world.ts';
import type { KernelLine } from './kernel-sources/kernel-source.ts';
import type { LogLine } from './line.ts';

/**
 * What the kernel says about HCA ports between two moments: a connector that loses contact is a module that is unplugged
 * (`events.c` of mlx5_core), and the IP interface over the port says when it can be used again.
 */
export function linkKernelLines(
  timeline: Timeline,
  node: WorldNode,
  fromMs: number,
  toMs: number,
): readonly KernelLine[] {
  return node.hcas.flatMap((hca, index) => {
    const module = (text: string) => `mlx5_core ${hcaAddress(index)}: Port module event: module 0, Cable ${text}`;
    const ready = `IPv6: ADDRCONF(NETDEV_CHANGE): ib${index}: link becomes ready`;
    return changes(timeline, node, hca, fromMs, toMs).flatMap(({ atMs, up, byCable }): readonly KernelLine[] => [
      ...(byCable ? [{ atMs, level: 'info' as const, text: module(up ? 'plugged' : 'unplugged') }] : []),
      ...(up ? [{ atMs: atMs + 4, level: 'info' as const, text: ready }] : []),
    ]);
  });
}

/** NCCL opens every HCA in every process of a node and reports what the verbs library tells it about any of them. */
export function linkEventLines(
  timeline: Timeline,
  node: WorldNode,
  gpu: number,
  fromMs: number,
  toMs: number,
): readonly LogLine[] {
  const { world } = timeline;
  const lives = timeline.lives(toMs).filter((life) => life.attempt.nodes.includes(node.index));
  return node.hcas.flatMap((hca, index) =>
    changes(timeline, node, hca, fromMs - lateMsMax, toMs).flatMap(({ atMs, up }) => {
      const life = lives.find((one) => aliveAt(one, atMs));
      if (life === undefined) return [];
      const pid = trainerPid(life.attempt, world, node.index, gpu);
      const heardMs = atMs + 1 + (lateMsMax - 1) * uniform(world.seed, 'async-event', node.index, gpu, atMs);
      const thread = `${node.name}:${pid}:${pid + 301 + index} [${gpu}]`;
      const event = up ? 'port active' : 'port error';
      const text = `${thread} transport/net_ib.cc:150 NCCL WARN NET/IB : ${hca.name}:1 Got async event : ${event}`;
      // NCCL sets its warnings off with an empty line.
      return [
        { atMs: heardMs, text: '' },
        { atMs: heardMs, text },
      ];
    }),
  );
}

/** From the event to the line, milliseconds. */
const lateMsMax = 9;

interface LinkChange {
  readonly atMs: number;
  readonly up: boolean;
  /** Of a loose cable, and not of an administrator. */
  readonly byCable: boolean;
}

/** Every moment between two in which a port lost or got its link. */
function changes(
  timeline: Timeline,
  node: WorldNode,
  hca: WorldHca,
  fromMs: number,
  toMs: number,
): readonly LinkChange[] {
  const { settings } = timeline.segmentAt(toMs);
  const { loose, closed } = settings.links.get(`${node.name}/${hca.name}`) ?? firmLink;
  if (loose.length === 0 && closed.length === 0) return [];
  const byCable = downPhases(placeOf(timeline.world, settings, node, hca), fromMs, toMs).map((span) => ({
    ...span,
    byCable: true,
  }));
  const all = [...byCable, ...closed.map((span) => ({ ...span, byCable: false }))];
  const events = all.flatMap((span): readonly LinkChange[] => [
    { atMs: span.fromMs, up: false, byCable: span.byCable },
    { atMs: span.toMs, up: true, byCable: span.byCable },
  ]);
  // Where a link that is down for one reason stays down for the other, nothing changes.
  const moments = Map.groupBy(events, ({ atMs }) => atMs);
  return events.filter(({ atMs }) => atMs >= fromMs && atMs < toMs && moments.get(atMs)?.length === 1);
}

function aliveAt({ attempt, stoppedMs }: AttemptLife, ms: number): boolean {
  return ms >= connectMs(attempt) && ms < stoppedMs;
}
