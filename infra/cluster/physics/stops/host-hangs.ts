import { integer } from '../../noise.ts';
import { findNode } from '../../world.ts';
import type { RankHang, StopCause } from '../job.ts';

/** From the moment at which something in the kernel does not come back to the rank that needs it. */
const untilNeededMs = 5_200;

/** A rank that waits in the kernel of its node for good: for a server that threw the client out, or for a core. */
export const hostHangs: StopCause = ({ world, attempt, facts }) => {
  const hang = (place: string, sinceMs: number, stack: string): readonly RankHang[] => {
    const node = findNode(world, place);
    if (node === undefined || !attempt.nodes.includes(node.index)) return [];
    const gpu = integer(world.seed, node.gpus.length, 'host-hang', node.index, stack);
    return [{ kind: 'hangs', atMs: Math.max(sinceMs, attempt.runMs) + untilNeededMs, node: node.index, gpu, stack }];
  };
  const hangs = [
    ...facts('storage.mount').flatMap(({ place, key, value, sinceMs }) =>
      key === '/lustre' && value === 'stale' ? hang(place, sinceMs, 'file-read') : [],
    ),
    ...facts('host.soft-lockup').flatMap(({ place, sinceMs }) => hang(place, sinceMs, 'host-copy')),
  ];
  return hangs.toSorted((a, b) => a.atMs - b.atMs)[0] ?? null;
};
