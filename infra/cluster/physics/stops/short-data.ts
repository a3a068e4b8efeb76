import { nextMultipleMs } from '../iterations.ts';
import type { RankHang, StopCause } from '../job.ts';
import { rankAt } from '../rank-place.ts';

/** Until the loader has given out what it had read ahead. */
export const untilBarrierMs = 400;

/** A rank whose data end before the others' goes on to the barrier at the end of the epoch; the rest waits in a step. */
export const shortData: StopCause = (question) => {
  const { world, attempt, facts } = question;
  const hangs = facts('job.short-data').flatMap(({ place, value }): readonly RankHang[] => {
    const at = rankAt(world, attempt, place);
    const atMs = at === null ? Infinity : nextMultipleMs(question, value, untilBarrierMs);
    if (at === null || atMs === Infinity) return [];
    // A barrier of NCCL is an all-reduce of one element.
    const inCollective = { ofAll: false, op: 'ALLREDUCE', numelIn: 1, numelOut: 1 };
    return [{ kind: 'hangs', atMs, node: at.node, gpu: at.gpu, stack: 'epoch-barrier', inCollective }];
  });
  return hangs.toSorted((a, b) => a.atMs - b.atMs)[0] ?? null;
};
