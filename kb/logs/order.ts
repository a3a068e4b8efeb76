import type { Finding } from '../../workflows/domain/finding.ts';

/**
 * By time where the lines carry one; a finding without takes that of the one before it in its source, since lines of one
 * source stand in the order of their writing. Sources without any time come last, in their own order.
 */
export function inOrder(findings: readonly Finding[]): readonly Finding[] {
  const bySource = Map.groupBy(findings, ({ range }) => `${range.evidenceId}|${range.source}`);
  const placed = [...bySource.values()].flatMap((group, source) => {
    const inFile = group.toSorted((a, b) => (a.range.byteStart ?? 0) - (b.range.byteStart ?? 0));
    const firstMs = inFile.find(({ atMs }) => atMs !== undefined)?.atMs ?? Number.POSITIVE_INFINITY;
    let lastMs = firstMs;
    return inFile.map((finding, index) => {
      lastMs = finding.atMs ?? lastMs;
      return { finding, ms: lastMs, source, index };
    });
  });
  return placed
    .toSorted((a, b) => compare(a.ms, b.ms) || a.source - b.source || a.index - b.index)
    .map(({ finding }) => finding);
}

/** Infinity minus infinity is no number, so times are compared, not subtracted. */
function compare(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
