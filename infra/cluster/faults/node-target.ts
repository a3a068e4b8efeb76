import { integer } from '../noise.ts';
import type { Target } from '../state/actions.ts';
import { findNode, type World } from '../world.ts';

export function drawNode(world: World, fault: string): Target {
  const node = world.nodes[integer(world.seed, world.nodes.length, fault, 'node')];
  if (node === undefined) throw new Error('a cluster has at least one node');
  return { node: node.name };
}

export function rejectNode(world: World, target: Target): string | null {
  if (findNode(world, target.node) === undefined) return `there is no node ${target.node}`;
  return target.gpu === undefined && target.hca === undefined ? null : 'name a node, not a part of it';
}
