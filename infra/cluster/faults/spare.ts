import { findNode, type World, type WorldNode } from '../world.ts';
import type { Target } from '../state/actions.ts';
import type { DrawPlace } from './draw.ts';

/** Nodes on which no job was launched. */
export function spareNodes(world: World): readonly WorldNode[] {
  return world.nodes.filter((node) => !world.jobs.some((job) => job.nodes.includes(node.index)));
}

/** A spare node, or any where there is none: `rejectBusy` says so then. */
export function drawSpare(world: World, random: DrawPlace): Target {
  const spare = spareNodes(world);
  return { node: (spare.length === 0 ? random.node() : random.pick('spare', spare)).name };
}

/** Why a node is not spare, or null. */
export function rejectBusy(world: World, target: Target): string | null {
  const node = findNode(world, target.node);
  if (node === undefined) return `there is no node ${target.node}`;
  const spare = spareNodes(world);
  if (spare.includes(node)) return null;
  return spare.length === 0
    ? `every node of this cluster of ${world.nodes.length} works for a job; it takes a spare one`
    : `${target.node} works for a job; spare is ${spare
        .slice(0, 4)
        .map((one) => one.name)
        .join(', ')}`;
}
