import type { RanReport } from './measure-probe.ts';

/** One size of an nccl-tests table, out of place. */
export interface NcclRow {
  readonly bytes: number;
  /** GB/s that the slowest link saw, as nccl-tests defines it. */
  readonly busGigabytesPerSecond: number;
  /** Values that came out wrong, out of place and in place; null in versions that print an error bound instead. */
  readonly wrong: number | null;
  readonly line: number;
}

//        size         count      type   redop    root     time   algbw   busbw #wrong     time   algbw   busbw #wrong
//    67108864      16777216     float     sum      -1    536.4  125.12  218.96      0    535.9  125.24  219.16      0
const rowPattern =
  /^ +(\d{1,13}) +\d{1,13} +[a-z]+[a-z0-9]* +[a-z]+ +(?:-?\d{1,4} +)?[\d.]+ +[\d.]+ +([\d.]+) +(\S+) +[\d.]+ +[\d.]+ +[\d.]+ +(\S+)$/;

/** Rows of all_reduce_perf and sendrecv_perf, versions 2.0 to 2.17 (those before 2.13 have no column `root`). */
export function ncclRows(lines: RanReport['lines']): readonly NcclRow[] {
  return lines.flatMap(({ text, line }) => {
    const row = rowPattern.exec(text);
    if (row === null) return [];
    const wrong = [row[3] ?? '', row[4] ?? ''].filter((count) => /^\d{1,12}$/.test(count)).map(Number);
    return [
      {
        bytes: Number(row[1]),
        busGigabytesPerSecond: Number(row[2]),
        wrong: wrong.length === 0 ? null : wrong.reduce((sum, count) => sum + count, 0),
        line,
      },
    ];
  });
}

/** The line `# Out of bounds values : 12 FAILED`. */
export function ncclFailedCheck(lines: RanReport['lines']): { readonly values: number; readonly line: number } | null {
  for (const { text, line } of lines) {
    const failed = /^# Out of bounds values : (\d{1,12}) FAILED/.exec(text);
    if (failed !== null) return { values: Number(failed[1]), line };
  }
  return null;
}
