import { nextMultipleMs } from '../iterations.ts';
import type { RankHang, StopCause } from '../job.ts';
import { rankAt } from '../rank-place.ts';

const inStepMs = 1_900;

/** One rank calls a collective that the others do not: neither side comes to its end. */
export const branchCollective: StopCause = (question) => {
  const { world, attempt, facts } = question;
  const hangs = facts('job.branch-collective').flatMap(({ place, value }): readonly RankHang[] => {
    const at = rankAt(world, attempt, place);
    const atMs = at === null ? Infinity : nextMultipleMs(question, value, inStepMs);
    if (at === null || atMs === Infinity) return [];
    const inCollective = {
      ofAll: false,
      op: '_ALLGATHER_BASE',
      numelIn: 1_024,
      numelOut: 1_024 * attempt.nodes.length,
    };
    return [{ kind: 'hangs', atMs, node: at.node, gpu: at.gpu, stack: 'outlier-gather', inCollective }];
  });
  return hangs.toSorted((a, b) => a.atMs - b.atMs)[0] ?? null;
};
