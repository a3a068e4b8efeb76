import type { ExpectedSource, PlacedKey } from './log-layout.ts';

/**
 * Sources that stopped writing: each wrote window after window and then not the ones that should be here by now.
 * A source that wrote nothing, or only now and then (a quiet kernel), proves nothing by its silence.
 */
export function silentSources(
  sources: readonly ExpectedSource[],
  placed: readonly PlacedKey[],
  windowMs: number,
  /** Cluster time until which all windows have been shipped. */
  shippedUntilMs: number,
): readonly ExpectedSource[] {
  const windowsOf = Map.groupBy(placed, ({ source }) => source);
  return sources.filter((source) => {
    const windows = (windowsOf.get(source) ?? []).toSorted((a, b) => a.fromMs - b.fromMs);
    const last = windows.at(-1);
    if (last === undefined || last.toMs + windowMs > shippedUntilMs) return false;
    const recent = windows.slice(-aliveWindowsMin);
    return (
      recent.length === aliveWindowsMin &&
      recent.every(({ toMs }, index) => toMs === (recent[index + 1] ?? { fromMs: toMs }).fromMs)
    );
  });
}

/** This many windows without a gap show a source that writes all the time: by chance alone a sparse one seldom does. */
export const aliveWindowsMin = 3;
