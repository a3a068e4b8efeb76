import { findNode } from '../../world.ts';
import type { RankHang, StopCause } from '../job.ts';

/** From the end of the step whose state is saved to the gather of the checkpoint's metadata. */
const gatherAfterMs = 900;

/**
 * Large packets that get lost on Ethernet while small ones pass: the sender of a long message resends its first segment
 * for ever. Megatron's ranks send each other little over TCP but the metadata of every checkpoint. Connections that were
 * made after an interface shrank know its size from their handshake; a switch in between nobody knows.
 */
export const largePackets: StopCause = ({ attempt, world, facts, fromMs, checkpointsMs }) => {
  const path = facts('net.path-mtu').map(({ place, sinceMs }) => ({ place, sinceMs }));
  const own = facts('net.mtu').filter(({ key, sinceMs }) => key === 'bond0' && sinceMs > attempt.launchMs);
  const hangs = [...path, ...own].flatMap(({ place, sinceMs }): readonly RankHang[] => {
    const node = findNode(world, place);
    if (node === undefined || !attempt.nodes.includes(node.index) || attempt.nodes.length < 2) return [];
    const saves = checkpointsMs(3);
    const next = saves.find((ms) => ms + gatherAfterMs > Math.max(sinceMs, attempt.runMs));
    // Where no step is made the question is whether a rank that hangs has a reason to.
    const atMs = saves.length === 0 ? fromMs : (next ?? Infinity) + gatherAfterMs;
    if (atMs === Infinity) return [];
    return [{ kind: 'hangs', atMs, node: node.index, gpu: 0, stack: 'object-gather', resumes: true }];
  });
  return hangs.toSorted((a, b) => a.atMs - b.atMs)[0] ?? null;
};
