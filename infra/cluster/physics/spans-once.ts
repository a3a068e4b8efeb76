import type { FactName } from '../state/facts/index.ts';
import { factSpans, type FactSegments, type FactSpan } from '../state/facts/spans.ts';

interface Kept {
  readonly toMs: number;
  readonly segments: number;
  readonly last: unknown;
  readonly spans: unknown;
}

const kept = new WeakMap<FactSegments, Map<FactName, Kept>>();

/**
 * All stretches of a kind of cause up to a moment, as `factSpans` finds them. What asks about every link of every GPU,
 * or every node, at one moment walks over the past once.
 */
export function spansOnce<Name extends FactName>(
  timeline: FactSegments,
  fact: Name,
  toMs: number,
): readonly FactSpan<Name>[] {
  timeline.segmentAt(toMs);
  const { segments } = timeline;
  const byFact = kept.get(timeline) ?? new Map<FactName, Kept>();
  kept.set(timeline, byFact);
  const before = byFact.get(fact);
  const same = before?.toMs === toMs && before.segments === segments.length && before.last === segments.at(-1);
  // The entry of a fact holds spans of that fact, which its type does not say.
  if (before !== undefined && same) return before.spans as readonly FactSpan<Name>[];
  const spans = factSpans(timeline, fact, -Infinity, toMs);
  byFact.set(fact, { toMs, segments: segments.length, last: segments.at(-1), spans });
  return spans;
}
