import { spread } from '../noise.ts';
import { factAt, factStretches } from '../state/facts/fact-at.ts';
import type { Settings } from '../state/settings.ts';
import type { World } from '../world.ts';
import type { Attempt } from './job.ts';
import { atLaunch } from './launch-state.ts';

/** What `nvidia-smi` counts on a board of 80 GiB, less what the driver keeps for itself, in MiB. */
const usableMib = 81_051;
const usedMib = 66_200;
/** Activations of one more sample in a micro-batch; about 13B parameters over eight GPUs with 4,096 tokens. Assumed. */
const sampleMib = 21_400;

/** GPU memory that a trainer holds with the sizes of its usual arguments, in MiB. */
export function trainerMib(world: World, node: number, gpu: number): number {
  return usedMib + Math.round(400 * spread(world.seed, 'memory', node, gpu));
}

/** What a micro-batch needs beyond the usual, in MiB; it is not there for long when the board has less. */
export function batchMib(world: World, attempt: Attempt): number {
  const asked = atLaunch(world, attempt, { fact: 'job.argument', place: world.job.name, key: '--micro-batch-size' });
  return asked === '' ? 0 : (Number(asked) - 1) * sampleMib;
}

/** Memory that the allocator holds in blocks which fit nothing, in MiB, at a moment. */
export function fragmentedMib(world: World, settings: Settings, attempt: Attempt, ms: number): number {
  return factStretches(settings, churnOf(world), attempt.runMs, ms).reduce(
    (sum, { value, fromMs, toMs }) => sum + mibPerMs(value) * (toMs - fromMs),
    0,
  );
}

/** When the blocks of a trainer have filled its board, if that is before the next change of its cause; else Infinity. */
export function fragmentedFullMs(
  world: World,
  settings: Settings,
  attempt: Attempt,
  ms: number,
  { node, gpu }: { readonly node: number; readonly gpu: number },
): number {
  const perMs = mibPerMs(factAt(settings, churnOf(world), ms));
  if (perMs === 0) return Infinity;
  const atMs = Math.max(ms, attempt.runMs);
  const room = usableMib - trainerMib(world, node, gpu) - fragmentedMib(world, settings, attempt, atMs);
  return atMs + Math.max(0, room) / perMs;
}

function churnOf(world: World) {
  return { fact: 'job.allocator-churn', place: world.job.name } as const;
}

function mibPerMs(perMinute: number): number {
  return perMinute / 60_000;
}

/** Room on a board for the memory of a trainer, in MiB. */
export function fits(mib: number): boolean {
  return usedMib + mib <= usableMib;
}
