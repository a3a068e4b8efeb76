import { clusterPlace } from '../../state/place.ts';
import { healthyStepMs } from '../step.ts';
import { driveSlowdown } from '../storage-wait.ts';
import type { RankDelay, SlowCause } from './slow-cause.ts';

/**
 * What a loader reads for a step takes so long when all is well; it reads ahead while the step before is computed, so
 * that only what is longer than a step shows. Assumed: shards come from Lustre, their index and cache from /raid.
 */
const lustreReadMs = 1_400;
const driveReadMs = 420;

/** Loaders that cannot read as fast as the GPUs compute. */
export const storageInput: SlowCause = ({ world, settings, attempt, atMs, fact }) => {
  const { facts } = settings;
  if (!facts.has('storage.lustre-slowdown') && !facts.has('storage.nvme-slowdown')) return [];
  const lustreMs = lustreReadMs * fact({ fact: 'storage.lustre-slowdown', place: clusterPlace });
  return attempt.nodes.flatMap((index): readonly RankDelay[] => {
    const node = world.nodes[index];
    if (node === undefined) return [];
    const readMs = lustreMs - lustreReadMs + driveReadMs * (driveSlowdown(settings, node, atMs) - 1);
    const inputMs = readMs - (healthyStepMs - lustreReadMs);
    return inputMs <= 0 ? [] : [{ node: index, inputMs }];
  });
};
