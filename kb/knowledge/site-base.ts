import { recallableOf, type Recallable } from '../retrieval/recallable.ts';
import { nameable, unknownNames, type NamedIds } from './unknown-names.ts';
import { foldDocument, revokedTexts, runbookRecallables, type SiteDocument } from './site-documents.ts';
import type { EventProblem, SiteEvent } from './site-events.ts';
import { foldRecord, rivalRevisions, type SiteRecord } from './site-record.ts';
import { inOrder, mergedInto, openRevocations, sightsOf } from './site-trail.ts';
import { scoreOf, shippedPrior } from './trust.ts';

/** What a site has learned and was told, as its events say it now. */
export interface SiteBase {
  readonly records: ReadonlyMap<string, SiteRecord>;
  /** By path; removed ones too. */
  readonly documents: ReadonlyMap<string, SiteDocument>;
  /** All that may be recalled: accepted records and live pieces of runbooks. */
  readonly recallables: readonly Recallable[];
  /** Taken out at this site: its own records, documents and their pieces, and records that ship. */
  readonly revokedIds: ReadonlySet<string>;
  /** How far anything with this id may be relied upon, 0 to 1; what is unknown here is taken for a shipped record. */
  readonly trustOf: (id: string) => number;
  /** Every event about it, oldest first. */
  readonly trailOf: (id: string) => readonly SiteEvent[];
  /** What stands in the events and counts for nothing, and why. */
  readonly problems: readonly EventProblem[];
}

/**
 * Folds events into what they mean at `nowMs` (wall milliseconds). The order in which they arrive makes no difference,
 * nor does one that comes twice.
 */
export function siteBase(
  events: readonly SiteEvent[],
  nowMs: number,
  world: { readonly shippedIds?: ReadonlySet<string>; readonly named?: NamedIds } = {},
): SiteBase {
  const { shippedIds = new Set<string>(), named = nameable } = world;
  const trails = trailsOf(inOrder(events));
  const trailOf = (id: string): readonly SiteEvent[] => trails.get(id) ?? [];
  const merges = mergedInto(trails);
  // What was merged into a record speaks for it, unless it was taken back itself.
  const speaking = [...merges.roots.keys()].filter((id) => openRevocations(trailOf(id)).length === 0);
  const merged = Map.groupBy(speaking, (id) => merges.roots.get(id));
  const ownAndMerged = (id: string): readonly SiteEvent[] =>
    inOrder([id, ...(merged.get(id) ?? [])].flatMap((each) => trailOf(each)));

  const records = new Map<string, SiteRecord>();
  const documents = new Map<string, SiteDocument>();
  const problems: EventProblem[] = [...merges.problems];
  for (const [id, trail] of trails) {
    const record = foldRecord(id, trail, { root: merges.roots.get(id) ?? null, speaking: ownAndMerged(id), nowMs });
    if (record !== null) records.set(id, record);
    for (const revision of rivalRevisions(trail))
      problems.push({ place: id, message: `has several texts under revision ${revision}; one of them stands` });
    const document = foldDocument(id, trail);
    if (document !== null) documents.set(id, document);
  }

  const revokedIds = new Set([...trails].flatMap(([id, trail]) => (openRevocations(trail).length > 0 ? [id] : [])));
  for (const { status, chunks } of documents.values())
    if (status === 'revoked') for (const { id } of chunks) revokedIds.add(id);

  const recallables: Recallable[] = [];
  for (const { id, status, record, score } of records.values()) {
    if (status !== 'accepted') continue;
    const unknown = unknownNames(record, named);
    if (shippedIds.has(id))
      problems.push({ place: id, message: 'a record of this id ships; the one of the site is left out' });
    else if (unknown.length > 0)
      problems.push({ place: id, message: `names what there is not: ${unknown.join(', ')}` });
    else recallables.push(recallableOf(record, score));
  }
  const silenced = revokedTexts(trails.values(), revokedIds);
  for (const document of documents.values()) {
    const live = { ...document, chunks: document.chunks.filter(({ id }) => !revokedIds.has(id)) };
    const heard = { ...live, chunks: live.chunks.filter(({ text }) => !silenced.has(text)) };
    recallables.push(...runbookRecallables(heard));
    const again = live.chunks.length - heard.chunks.length;
    if (again > 0)
      problems.push({
        place: document.path,
        message: `${again} of its pieces say what was revoked under another name`,
      });
  }

  return {
    records,
    documents,
    recallables,
    revokedIds,
    trustOf: (id) => {
      if (revokedIds.has(id)) return 0;
      return records.get(id)?.score ?? scoreOf(sightsOf(id, ownAndMerged(id)), shippedPrior, nowMs);
    },
    trailOf,
    problems,
  };
}

/** By what each event is about; an outcome is about all that was recalled. */
function trailsOf(events: readonly SiteEvent[]): ReadonlyMap<string, readonly SiteEvent[]> {
  const trails = new Map<string, SiteEvent[]>();
  for (const event of events)
    for (const id of subjectsOf(event)) {
      const trail = trails.get(id);
      if (trail === undefined) trails.set(id, [event]);
      else trail.push(event);
    }
  return new Map([...trails].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function subjectsOf(event: SiteEvent): readonly string[] {
  switch (event.kind) {
    case 'proposed':
      return [event.record.id];
    case 'confirmed':
    case 'accepted':
    case 'rejected':
    case 'revoked':
    case 'merged':
      return [event.target];
    case 'outcome':
      return [...new Set(event.recalled.map(({ id }) => id))];
    case 'document-imported':
    case 'document-removed':
      return [event.path];
  }
}
