import { expect, it } from 'vitest';
import { siteGeneration } from '../../activities/site-generation.ts';
import { architectureOf } from '../../kb/catalog/gpu-architectures.ts';
import { smallInventory } from '../support/small-inventory.ts';

it.each([
  ['NVIDIA A800-SXM4-80GB', 'ampere'],
  ['NVIDIA H100 80GB HBM3', 'hopper'],
  ['NVIDIA GB200', 'blackwell'],
  ['Tesla V100-SXM2-32GB', 'volta'],
  ['NVIDIA L40S', 'ada'],
  ['an unknown card', null],
])('%s is of generation %s', (model, generation) => {
  expect(architectureOf(model)).toBe(generation);
});

it('a site has a generation where all its GPUs share one', () => {
  const inventory = smallInventory();
  expect(siteGeneration(inventory)).toBe('ampere');
  const [first, ...others] = inventory.nodes;
  if (first === undefined) throw new Error('the small inventory has nodes');
  const newer = { ...first, gpus: first.gpus.map((gpu) => ({ ...gpu, model: 'NVIDIA H100 80GB HBM3' })) };
  expect(siteGeneration({ ...inventory, nodes: [newer, ...others] })).toBeNull();
  expect(siteGeneration(undefined)).toBeNull();
});
