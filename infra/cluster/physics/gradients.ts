import type { World } from '../world.ts';

/** Bytes that one of four HCAs sends in a step: the ring all-reduce of the gradients goes round once. */
export function gradientBytes(world: World): number {
  const gradients = (2 * world.job.parameters * world.gpusPerNode) / world.job.tensorParallel;
  const nodes = world.job.nodes.length;
  return (2 * gradients * (nodes - 1)) / Math.max(1, nodes) / 4;
}
