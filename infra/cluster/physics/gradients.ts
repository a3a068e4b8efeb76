import type { World } from '../world.ts';

/** Bytes that one of four HCAs sends in a step: the ring all-reduce of the gradients of its node goes round once. */
export function gradientBytes(world: World): number {
  const { parameters, pipelineParallel, tensorParallel, dataParallel } = world.job;
  const gradients = (2 * parameters * world.gpusPerNode) / tensorParallel / pipelineParallel;
  return (2 * gradients * (dataParallel - 1)) / Math.max(1, dataParallel) / 4;
}
