import { integer } from '../noise.ts';
import type { Target } from '../state/actions.ts';
import { findNode, type World } from '../world.ts';

export function drawGpu(world: World, fault: string): Target {
  const node = world.nodes[integer(world.seed, world.nodes.length, fault, 'node')];
  if (node === undefined) throw new Error('a cluster has at least one node');
  return { node: node.name, gpu: integer(world.seed, world.gpusPerNode, fault, 'gpu') };
}

export function rejectGpu(world: World, target: Target): string | null {
  const node = findNode(world, target.node);
  if (node === undefined) return `there is no node ${target.node}`;
  if (target.gpu === undefined) return `name a GPU of ${target.node}, 0 to ${world.gpusPerNode - 1}`;
  return node.gpus[target.gpu] === undefined ? `${target.node} has no GPU ${target.gpu}` : null;
}

/** The GPU of a target that `rejectGpu` let pass. */
export function gpuOf(target: Target): { readonly node: string; readonly gpu: number } {
  if (target.gpu === undefined) throw new Error(`no GPU in target ${target.node}`);
  return { node: target.node, gpu: target.gpu };
}
