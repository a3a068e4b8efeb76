import type { WorldHca, WorldNode } from '../../world.ts';
import { linkState } from '../link.ts';
import { linkShare } from '../network/link-rate.ts';
import type { Timeline } from '../timeline.ts';
import { runToRun } from './board.ts';

// ib_write_bw with 64 KiB messages on HDR: 197.8 Gb/s of 200 (perftest outputs for 200G adapters).
const lineGbits = 197.6;

/** One end of a connection. */
export interface Port {
  readonly node: WorldNode;
  readonly hca: WorldHca;
}

/** Gb/s from one port to another as `ib_write_bw --report_gbits` prints it; null when a link is down. */
export function writeGbits(timeline: Timeline, from: Port, to: Port, atMs: number): number | null {
  const { settings } = timeline.segmentAt(atMs);
  const ends = [from, to];
  if (ends.some(({ node, hca }) => linkState(timeline.world, settings, node, hca, atMs) !== 'active')) return null;
  const share = Math.min(...ends.map(({ node, hca }) => linkShare(timeline.world, settings, node, hca, atMs)));
  return lineGbits * share * runToRun({ timeline, node: from.node, atMs }, 0.002, 'rdma', from.hca.name, to.node.index);
}
