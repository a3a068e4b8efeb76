import { parseRankPlace } from '../../state/place.ts';
import type { StopCause } from '../job.ts';

/** How far a rank comes before it runs into what it does not come out of. */
const untilHangMs = 3_700;

/** A rank that stops for good: nobody's next collective comes to its end. */
export const rankHang: StopCause = ({ world, attempt, facts }) => {
  const hangs = facts('job.rank-hang').flatMap(({ place, value, sinceMs }) => {
    const at = parseRankPlace(place);
    const node = at === null ? undefined : attempt.nodes[Math.floor(at.rank / world.gpusPerNode)];
    if (at === null || node === undefined || at.job !== world.job.name) return [];
    const atMs = Math.max(sinceMs, attempt.runMs) + untilHangMs;
    return [{ kind: 'hangs' as const, atMs, node, gpu: at.rank % world.gpusPerNode, stack: value }];
  });
  return hangs.toSorted((a, b) => a.atMs - b.atMs)[0] ?? null;
};
