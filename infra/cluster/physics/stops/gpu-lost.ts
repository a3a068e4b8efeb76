import { findNode } from '../../world.ts';
import { looseFallMs, offBusSince } from '../gpu-presence.ts';
import type { RankDeath, StopCause } from '../job.ts';
import { parseGpuPlace } from '../../state/place.ts';
import { cudaError } from './cuda-error.ts';

/** From the moment at which a board stops answering to the next call that notices. */
const noticedMs = 1_300;

/** The process whose GPU falls off the bus under it. */
export const gpuLost: StopCause = ({ world, settings, attempt, fromMs, facts }) => {
  const deaths = [...facts('gpu.off-bus'), ...facts('gpu.riser-loose')].flatMap(({ place }): readonly RankDeath[] => {
    const at = parseGpuPlace(place);
    const node = at === null ? undefined : findNode(world, at.node);
    if (at === null || node === undefined || !attempt.nodes.includes(node.index)) return [];
    const sinceMs = offBusSince(settings, node, at.gpu, fromMs) ?? looseFallMs(settings, node, at.gpu, fromMs);
    // An attempt that did not find the board does not lose it.
    if (sinceMs === null || sinceMs < attempt.launchMs) return [];
    const atMs = Math.max(sinceMs, attempt.runMs) + noticedMs;
    const lastWords = cudaError('unspecified launch failure');
    return [{ atMs, node: node.index, gpu: at.gpu, exitCode: 1, slurmState: 'FAILED', lastWords }];
  });
  return deaths.toSorted((a, b) => a.atMs - b.atMs)[0] ?? null;
};
