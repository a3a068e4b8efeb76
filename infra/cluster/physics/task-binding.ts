import type { World, WorldNode } from '../world.ts';
import { hostCpu, socketOf } from './host-cpu.ts';
import type { Attempt } from './job.ts';
import { atLaunch } from './launch-state.ts';

/** Cores that a trainer may use: 12 of the socket of its GPU, with both threads of each, as the task prolog binds them. */
export function boundCpus(world: World, attempt: Attempt, node: WorldNode, gpu: number): string {
  const binding = bindingOf(world, attempt, node.name);
  if (isOneCore(binding)) return binding.slice('one-core-'.length) || '0';
  const socket = crossedGpus(binding, node.gpus.length).includes(gpu) ? 1 - socketOf(gpu) : socketOf(gpu);
  const first = socket * hostCpu.coresPerSocket + (gpu % 4) * coresPerRank;
  const second = first + hostCpu.threads / 2;
  return `${first}-${first + coresPerRank - 1},${second}-${second + coresPerRank - 1}`;
}

const coresPerRank = 12;

/** Whether all tasks share a core: `one-core` is CPU 0, `one-core-48` another one. */
export function isOneCore(binding: string): boolean {
  return binding.startsWith('one-core');
}

/** GPUs whose tasks are on the other socket: `crossed` is all, `crossed-2` the first two pairs. */
export function crossedGpus(binding: string, gpus: number): readonly number[] {
  if (!binding.startsWith('crossed')) return [];
  const pairs = binding.slice('crossed-'.length);
  return Array.from({ length: pairs === '' ? gpus : 2 * Number(pairs) }, (_, gpu) => gpu);
}

/** `near`, `one-core` … or `crossed`, as it was when the attempt was launched. */
export function bindingOf(world: World, attempt: Attempt, node: string): string {
  return atLaunch(world, attempt, { fact: 'host.task-binding', place: node });
}
