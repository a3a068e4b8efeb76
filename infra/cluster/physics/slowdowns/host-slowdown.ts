import { findNode } from '../../world.ts';
import type { SlowCause } from './slow-cause.ts';

/** Work on the host that every step of a node's ranks waits for. */
export const hostSlowdown: SlowCause = ({ world, facts }) =>
  facts('host.slowdown-ms').flatMap(({ place, value }) => {
    const node = findNode(world, place);
    return node === undefined ? [] : [{ node: node.index, hostMs: value }];
  });
