import { factsOf, type FactHistory, type FactSettings } from './fact-at.ts';
import type { FactName, FactValueOf } from './index.ts';

/** A stretch in which a cause was not healthy and had one value. */
export interface FactSpan<Name extends FactName> {
  readonly place: string;
  readonly key: string | undefined;
  readonly value: FactValueOf<Name>;
  /** May lie before what was asked for. */
  readonly fromMs: number;
  /** Infinity when it had not ended at the end of what was asked for. */
  readonly toMs: number;
}

interface Piece {
  readonly fromMs: number;
  readonly settings: FactSettings;
}

/** A timeline: every change of a cause begins a segment of it. */
export interface FactSegments extends FactHistory {
  readonly segments: readonly Piece[];
}

/**
 * The stretches of a kind of cause that touch the time between two moments, oldest first: what log sources are made of.
 *
 *     factSpans(timeline, 'host.service', fromMs, toMs).filter(({ place }) => place === node.name)
 */
export function factSpans<Name extends FactName>(
  timeline: FactSegments,
  fact: Name,
  fromMs: number,
  toMs: number,
): readonly FactSpan<Name>[] {
  const { byPlace } = recordOf(timeline, fact, toMs);
  if (byPlace.size === 0) return [];
  return [...byPlace.values()]
    .flatMap((byKey) => [...byKey.values()].flatMap((spans) => touching(spans, fromMs, toMs)))
    .toSorted((a, b) => a.fromMs - b.fromMs);
}

/** The same at one place alone, with all of its keys when none is named: what is asked of every part of a large cluster. */
export function factSpansAt<Name extends FactName>(
  timeline: FactSegments,
  { fact, place, key }: { readonly fact: Name; readonly place: string; readonly key?: string | undefined },
  fromMs: number,
  toMs: number,
): readonly FactSpan<Name>[] {
  const byKey = recordOf(timeline, fact, toMs).byPlace.get(place);
  if (byKey === undefined) return [];
  const asked = key === undefined ? [...byKey.values()] : [byKey.get(key) ?? []];
  return asked.flatMap((spans) => touching(spans, fromMs, toMs));
}

/** What segments say about one kind of cause; it grows with them, so that nobody walks over the past twice. */
interface FactRecord<Name extends FactName> {
  /** Segments that were looked at, and the last of them: another one there means that what was foreseen was cut. */
  count: number;
  last: Piece | undefined;
  /** By place, then by key, oldest first; one that has not ended has no end. */
  readonly byPlace: Map<string, Map<string | undefined, FactSpan<Name>[]>>;
  /** The lists whose last span has no end. */
  open: ReadonlySet<FactSpan<Name>[]>;
}

const records = new WeakMap<FactSegments, Map<FactName, FactRecord<FactName>>>();

function recordOf<Name extends FactName>(timeline: FactSegments, fact: Name, toMs: number): FactRecord<Name> {
  // Works out the segments that are looked at below.
  timeline.segmentAt(toMs);
  const { segments } = timeline;
  const ofTimeline = records.get(timeline) ?? new Map<FactName, FactRecord<FactName>>();
  records.set(timeline, ofTimeline);
  // The record of a fact holds spans of that fact, which the type of the map does not say.
  let record = ofTimeline.get(fact) as FactRecord<Name> | undefined;
  if (record === undefined || (record.count > 0 && segments[record.count - 1] !== record.last)) {
    record = { count: 0, last: undefined, byPlace: new Map(), open: new Set() };
    // For the same reason.
    ofTimeline.set(fact, record as unknown as FactRecord<FactName>);
  }
  for (let next = segments[record.count]; next !== undefined && next.fromMs <= toMs; next = segments[record.count]) {
    note(record, fact, next);
    record.count += 1;
    record.last = next;
  }
  return record;
}

function note<Name extends FactName>(record: FactRecord<Name>, fact: Name, { fromMs, settings }: Piece): void {
  const now = settings.facts.has(fact) ? factsOf(settings, fact, fromMs) : [];
  if (now.length === 0 && record.open.size === 0) return;
  const open = new Set<FactSpan<Name>[]>();
  for (const { place, key, value, sinceMs } of now) {
    const spans = spansOf(record, place, key);
    open.add(spans);
    const isOpen = record.open.has(spans);
    if (isOpen && spans.at(-1)?.value === value) continue;
    if (isOpen) end(spans, fromMs);
    spans.push({ place, key, value, fromMs: sinceMs, toMs: Infinity });
  }
  for (const spans of record.open) if (!open.has(spans)) end(spans, fromMs);
  record.open = open;
}

function spansOf<Name extends FactName>(
  { byPlace }: FactRecord<Name>,
  place: string,
  key: string | undefined,
): FactSpan<Name>[] {
  const byKey = byPlace.get(place) ?? new Map<string | undefined, FactSpan<Name>[]>();
  byPlace.set(place, byKey);
  const spans = byKey.get(key) ?? [];
  byKey.set(key, spans);
  return spans;
}

function end<Name extends FactName>(spans: FactSpan<Name>[], toMs: number): void {
  const last = spans.pop();
  if (last !== undefined) spans.push({ ...last, toMs });
}

/** Spans of one place follow each other: from the last one that had begun back to the first that had not ended. */
function touching<Name extends FactName>(
  spans: readonly FactSpan<Name>[],
  fromMs: number,
  toMs: number,
): readonly FactSpan<Name>[] {
  const after = countUpTo(spans, toMs);
  let first = after;
  while (first > 0 && (spans[first - 1]?.toMs ?? -Infinity) > fromMs) first -= 1;
  return spans.slice(first, after).map((span) => (span.toMs > toMs ? { ...span, toMs: Infinity } : span));
}

/** How many began up to a moment. */
function countUpTo(spans: readonly { readonly fromMs: number }[], ms: number): number {
  let low = 0;
  let high = spans.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((spans[middle]?.fromMs ?? Infinity) <= ms) low = middle + 1;
    else high = middle;
  }
  return low;
}
