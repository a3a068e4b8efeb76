import { knowledge } from '../../../../kb/reasoning/index.ts';
import type { FindingKind } from '../../../../kb/schemas/finding-kind.ts';
import { categories, type KnownCategory } from '../../../../workflows/domain/categories.ts';
import type { Finding, Verdict } from '../../../../workflows/domain/finding.ts';

/**
 * What a search for keywords would say: every line that a detector knows is a vote for the category that it is best
 * known for, and the node with most of the winner's lines has it. Neither time nor weight nor what is missing counts.
 */
export function keywordVerdict(
  findings: readonly Finding[],
  kinds: ReadonlyMap<string, FindingKind> = knowledge.kinds,
): Verdict {
  const hits = findings
    .filter(({ kind }) => !knowledge.metricKinds.has(kind))
    .flatMap(({ kind, node, count }) => {
      const category = bestKnownFor(kinds.get(kind));
      return category === null ? [] : [{ category, node, count }];
    });
  const category = mostOf(hits, (hit) => hit.category);
  if (category === null) return { kind: 'not-proven', candidates: [], reason: 'no line holds a keyword of any cause' };
  const node = mostOf(
    hits.filter((hit) => hit.category === category),
    (hit) => hit.node ?? '',
  );
  const place = node === null || node === '' ? {} : { node };
  return { kind: 'attributed', disputed: false, causes: [{ category, ...place, probability: 1, because: [] }] };
}

function bestKnownFor(kind: FindingKind | undefined): KnownCategory | null {
  const weight = (category: KnownCategory) => kind?.weighs[category] ?? 0;
  const [best] = categories.toSorted((a, b) => weight(b) - weight(a));
  return best === undefined || weight(best) <= 0 ? null : best;
}

function mostOf<T extends { readonly count: number }, K extends string>(
  hits: readonly T[],
  of: (hit: T) => K,
): K | null {
  const counts = new Map<K, number>();
  for (const hit of hits) counts.set(of(hit), (counts.get(of(hit)) ?? 0) + hit.count);
  return [...counts].toSorted(([a, left], [b, right]) => right - left || (a < b ? -1 : 1))[0]?.[0] ?? null;
}
