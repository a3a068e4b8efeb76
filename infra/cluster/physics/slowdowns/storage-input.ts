import { clusterPlace } from '../../state/place.ts';
import { driveSlowdown } from '../storage-wait.ts';
import type { RankDelay, SlowCause } from './slow-cause.ts';

/**
 * What a loader reads for a step takes so long when all is well; it reads ahead while the step before is computed, so
 * that only what is longer than a step shows. Assumed: shards come from Lustre, their index and cache from /raid.
 */
const lustreReadMs = 1_400;
const driveReadMs = 420;

/** Loaders that cannot read as fast as the GPUs compute. */
export const storageInput: SlowCause = ({ world, settings, attempt, atMs, fact, facts }) => {
  if (!settings.facts.has('storage.lustre-slowdown') && !settings.facts.has('storage.nvme-slowdown')) return [];
  const withSlowDrive = new Set(facts('storage.nvme-slowdown').map(({ place }) => place));
  const lustreMs = lustreReadMs * fact({ fact: 'storage.lustre-slowdown', place: clusterPlace });
  return attempt.nodes.flatMap((index): readonly RankDelay[] => {
    const node = world.nodes[index];
    if (node === undefined) return [];
    const drive = withSlowDrive.has(node.name) ? driveSlowdown(settings, node, atMs) : 1;
    const readMs = lustreMs - lustreReadMs + driveReadMs * (drive - 1);
    const inputMs = readMs - (world.job.healthyStepMs - lustreReadMs);
    return inputMs <= 0 ? [] : [{ node: index, inputMs }];
  });
};
