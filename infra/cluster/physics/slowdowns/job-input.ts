import { parseRankPlace } from '../../state/place.ts';
import type { SlowCause } from './slow-cause.ts';

/** A rank whose loader is late has nothing to compute with. */
export const jobInput: SlowCause = ({ world, attempt, facts }) =>
  facts('job.input-ms').flatMap(({ place, value }) => {
    const at = parseRankPlace(place);
    const node = at === null ? undefined : attempt.nodes[Math.floor(at.rank / world.gpusPerNode)];
    if (at === null || node === undefined || at.job !== world.job.name) return [];
    return [{ node, gpu: at.rank % world.gpusPerNode, inputMs: value }];
  });
