/** A stretch of time, milliseconds; `toMs` is not part of it. */
export interface Interval {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Milliseconds of `within` that at least one of the intervals covers; what overlaps counts once. */
export function coveredMs(intervals: readonly Interval[], within: Interval): number {
  let covered = 0;
  let reachedMs = within.fromMs;
  for (const { fromMs, toMs } of intervals.toSorted((a, b) => a.fromMs - b.fromMs)) {
    const start = Math.max(fromMs, reachedMs);
    const end = Math.min(toMs, within.toMs);
    if (end <= start) continue;
    covered += end - start;
    reachedMs = end;
  }
  return covered;
}
