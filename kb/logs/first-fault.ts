import type { Category } from '../../workflows/domain/categories.ts';
import type { Finding } from '../../workflows/domain/finding.ts';
import type { FindingKind } from '../schemas/finding-kind.ts';

/**
 * The line with which the trouble began: the earliest cause, or, where no line tells a cause, the earliest symptom.
 * `leading` (the cause that reasoning settled on) keeps an unrelated earlier warning from taking its place.
 */
export function firstFault(
  findings: readonly Finding[],
  kinds: ReadonlyMap<string, FindingKind>,
  leading: readonly Category[] = [],
): Finding | null {
  const ordered = inOrder(findings);
  const causes = ordered.filter(({ role }) => role === 'cause');
  const weightFor = (finding: Finding, category: Category): number => kinds.get(finding.kind)?.weighs[category] ?? 0;
  const leadingCauses = causes.filter((finding) =>
    leading.some((category) => weightFor(finding, category) >= tellingWeightMin),
  );
  const telling = causes.filter(
    ({ kind }) => Math.max(0, ...Object.values(kinds.get(kind)?.weighs ?? {})) >= tellingWeightMin,
  );
  const symptoms = ordered.filter(({ role }) => role === 'symptom');
  return leadingCauses[0] ?? telling[0] ?? causes[0] ?? symptoms[0] ?? null;
}

// Odds of about 3:1: a line that weighs less is a hint and does not begin a story by itself.
const tellingWeightMin = 1;

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
