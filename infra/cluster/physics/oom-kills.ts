import type { WorldNode } from '../world.ts';
import type { AttemptLife, Timeline } from './timeline.ts';

/** Processes of a node that the kernel had killed for memory since its boot. */
export function oomKills(timeline: Timeline, node: WorldNode, atMs: number): number {
  return oomDeaths(timeline, node).filter(({ death }) => death !== null && death.atMs <= atMs).length;
}

/** Attempts that ended because the kernel killed one of their processes on this node. */
export function oomDeaths(timeline: Timeline, node: WorldNode): readonly AttemptLife[] {
  return timeline
    .lives()
    .filter(({ death }) => death !== null && death.node === node.index && death.slurmState === 'OUT_OF_MEMORY');
}
