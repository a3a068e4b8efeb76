import type { SecondRead } from '../schemas/probe.ts';

/** Rows of the first of two reads, and the time until the second. */
export interface Earlier<Row> {
  readonly rows: readonly Row[];
  readonly elapsedMs: number;
}

interface Reading {
  readonly rows: readonly unknown[];
}

interface Complaint {
  readonly kind: string;
  readonly pciBusId: string | null;
  readonly line: number;
}

/** The second reading as it is, with the rows of the first beside it as `earlier`. */
export function keepBoth<R extends Reading>(gapMs: number): SecondRead<R> {
  return { gapMs, combine: (first, second, elapsedMs) => ({ ...second, earlier: { rows: first.rows, elapsedMs } }) };
}

/** The same of a tool that can complain: what it complained of at either read counts. */
export function keepBothAndTrouble<R extends Reading & { readonly trouble: readonly Complaint[] }>(
  gapMs: number,
): SecondRead<R> {
  return {
    gapMs,
    combine: (first, second, elapsedMs) => ({
      ...second,
      trouble: [
        ...second.trouble,
        ...first.trouble
          .filter((one) => !second.trouble.some((other) => other.kind === one.kind && other.pciBusId === one.pciBusId))
          // Lines are those of the second output.
          .map((one) => ({ ...one, line: 1 })),
      ],
      earlier: { rows: first.rows, elapsedMs },
    }),
  };
}

/** How much a counter grew between two reads; `null` where it was cleared in between or stands in one of them only. */
export function growth(before: number | null | undefined, after: number | null | undefined): number | null {
  if (before === null || before === undefined || after === null || after === undefined) return null;
  return after >= before ? after - before : null;
}
