/** A line of a log, with the cluster time at which it was written. */
export interface LogLine {
  readonly atMs: number;
  readonly text: string;
}

export function within<Line extends LogLine>(lines: readonly Line[], fromMs: number, toMs: number): readonly Line[] {
  return lines.filter((line) => line.atMs >= fromMs && line.atMs < toMs).toSorted((a, b) => a.atMs - b.atMs);
}
