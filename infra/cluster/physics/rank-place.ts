import { parseRankPlace } from '../state/place.ts';
import type { World } from '../world.ts';
import type { Attempt } from './job.ts';

/** Where the rank of a fact's place runs in an attempt; null when it is no rank of this job or of this attempt. */
export function rankAt(
  world: World,
  attempt: Attempt,
  place: string,
): { readonly node: number; readonly gpu: number; readonly rank: number } | null {
  const at = parseRankPlace(place);
  if (at === null || at.job !== world.job.name) return null;
  const node = attempt.nodes[Math.floor(at.rank / world.gpusPerNode)];
  return node === undefined ? null : { node, gpu: at.rank % world.gpusPerNode, rank: at.rank };
}
