import { hcaAddress } from '../physics/link.ts';
import { pastDowns, pastDownTimes } from '../physics/past-downs.ts';
import type { Timeline } from '../physics/timeline.ts';
import type { WorldNode } from '../world.ts';
import type { KernelLine } from './kernel-sources/kernel-source.ts';

// Training an HDR link takes seconds.
const downMs = 4_300;

/** What the ring buffer still holds of links that went down weeks ago; texts as in `link-lines.ts`. */
export function pastDownLines(timeline: Timeline, node: WorldNode, ms: number): readonly KernelLine[] {
  const { settings } = timeline.segmentAt(ms);
  return node.hcas.flatMap((hca, index) => {
    const { downed } = pastDowns(settings, node, hca, ms);
    const module = (text: string) => `mlx5_core ${hcaAddress(index)}: Port module event: module 0, Cable ${text}`;
    return pastDownTimes(timeline.world, node, hca, downed).flatMap((atMs): readonly KernelLine[] => [
      { atMs, level: 'info', text: module('unplugged') },
      { atMs: atMs + downMs, level: 'info', text: module('plugged') },
      { atMs: atMs + downMs + 4, level: 'info', text: `IPv6: ADDRCONF(NETDEV_CHANGE): ib${index}: link becomes ready` },
    ]);
  });
}
