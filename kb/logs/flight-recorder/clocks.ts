import type { GroupView } from './group-views.ts';

/** How far the clock of a rank's host is ahead of the others' (behind: negative). */
export interface ClockOffset {
  readonly rank: number;
  readonly aheadMs: number;
}

// The watchdog looks for completed work ten times a second, and may be held up: nearer than this proves nothing.
// https://github.com/pytorch/pytorch/blob/main/torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp (kWatchdogThreadSleepMillis)
const offsetMsMin = 2_000;

// Single collectives may be seen late on one rank; the median of several isn't.
const samplesMin = 3;
const samplesMax = 128;

/** Collectives that nobody leaves before all have come: their ends are one moment. */
const together =
  /^(?:all_reduce|_?all_gather|reduce_scatter|_reduce_scatter_base|barrier|all_reduce_barrier|all_to_all)/;

/** From the group in which most ranks take part: ranks of others are left out. */
export function clockOffsets(groups: readonly GroupView[]): readonly ClockOffset[] {
  const group = groups.reduce<GroupView | null>(
    (best, one) => (one.members.size > (best?.members.size ?? 1) && launchesOf(one) >= samplesMin ? one : best),
    null,
  );
  if (group === null) return [];
  const differences = new Map<number, number[]>();
  const [sample] = group.members.values();
  for (const seq of [...(sample?.launches.keys() ?? [])].slice(-samplesMax)) {
    const ends = [...group.members.values()].flatMap(({ rank, launches }) => {
      const launch = launches.get(seq);
      const endMs = launch?.last.completedMs ?? null;
      return launch === undefined || endMs === null || !together.test(launch.ops[0]?.op ?? '') ? [] : [{ rank, endMs }];
    });
    if (ends.length < group.members.size) continue;
    const middle = median(ends.map(({ endMs }) => endMs));
    for (const { rank, endMs } of ends) differences.set(rank, [...(differences.get(rank) ?? []), endMs - middle]);
  }
  return [...differences]
    .filter(([, values]) => values.length >= samplesMin)
    .map(([rank, values]) => ({ rank, aheadMs: Math.round(median(values)) }))
    .filter(({ aheadMs }) => Math.abs(aheadMs) >= offsetMsMin)
    .toSorted((a, b) => a.rank - b.rank);
}

function launchesOf(group: GroupView): number {
  return Math.min(...[...group.members.values()].slice(0, samplesMax).map(({ launches }) => launches.size));
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? 0;
}
