import type { WorldNode } from '../world.ts';
import type { AttemptLife } from './lives.ts';
import type { Timeline } from './timeline.ts';

/** Processes of a node that the kernel had killed for memory since its boot. */
export function oomKills(timeline: Timeline, node: WorldNode, atMs: number): number {
  return oomDeaths(timeline, node, atMs).filter(({ death }) => death !== null && death.atMs <= atMs).length;
}

/** Attempts that ended up to a moment because the kernel killed one of their processes on this node. */
export function oomDeaths(timeline: Timeline, node: WorldNode, toMs: number): readonly AttemptLife[] {
  return timeline
    .lives(toMs)
    .filter(({ death }) => death !== null && death.node === node.index && death.slurmState === 'OUT_OF_MEMORY');
}
