import { isOnSockets, ncclSetting, nvlinkFactor } from '../nccl-settings.ts';
import type { RankDelay, SlowCause } from './slow-cause.ts';

// Shares of the transfer phase in which NVLink and the network are what is busy; assumed, the rest is memory.
const nvlinkShare = 0.35;
const networkShare = 0.4;
/** Times as long over one bonded Ethernet of 2 * 25 Gb/s with TCP as over four HDR ports. */
const socketFactor = 14;
/** Settings of NCCL that make collectives go the long way. */
export const ncclSettings: SlowCause = ({ world, attempt }) =>
  attempt.launchFacts.size === 0
    ? []
    : attempt.nodes.flatMap((index): readonly RankDelay[] => {
        const node = world.nodes[index];
        if (node === undefined) return [];
        const nvlink = nvlinkShare * (nvlinkFactor((name) => ncclSetting(world, attempt, node, name)) - 1);
        const network = networkShare * (isOnSockets(world, attempt, node) ? socketFactor - 1 : 0);
        const transferFactor = 1 + nvlink + network;
        return transferFactor === 1 ? [] : [{ node: index, transferFactor }];
      });
