import { integer } from '../../noise.ts';
import { findNode } from '../../world.ts';
import type { RankHang, StopCause } from '../job.ts';

/** From the moment at which something in the kernel does not come back to the rank that needs it. */
const untilNeededMs = 5_200;

/** A rank that waits in the kernel of its node: for a server that threw the client out, or for a core, which may come back. */
export const hostHangs: StopCause = ({ world, attempt, facts }) => {
  const hang = (place: string, sinceMs: number, stack: string, resumes: boolean): readonly RankHang[] => {
    const node = findNode(world, place);
    if (node === undefined || !attempt.nodes.includes(node.index)) return [];
    const gpu = integer(world.seed, node.gpus.length, 'host-hang', node.index, stack);
    const atMs = Math.max(sinceMs, attempt.runMs) + untilNeededMs;
    return [{ kind: 'hangs', atMs, node: node.index, gpu, stack, resumes }];
  };
  const hangs = [
    ...facts('storage.mount').flatMap(({ place, key, value, sinceMs }) =>
      key === '/lustre' && value === 'stale' ? hang(place, sinceMs, 'file-read', false) : [],
    ),
    ...facts('host.soft-lockup').flatMap(({ place, sinceMs }) => hang(place, sinceMs, 'host-copy', true)),
  ];
  return hangs.toSorted((a, b) => a.atMs - b.atMs)[0] ?? null;
};
