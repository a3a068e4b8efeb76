import type { KnowledgeRecord } from '../schemas/record.ts';
import type { Provenance, SiteEvent, SiteEventOf } from './site-events.ts';
import { alertGroupsOf, ofKind, openRejections, openRevocations, sightsOf, witnessesOf } from './site-trail.ts';
import { learnedPrior, scoreOf } from './trust.ts';

/** A record of the site's own. */
export interface SiteRecord {
  readonly id: string;
  readonly status: 'candidate' | 'accepted' | 'rejected' | 'merged' | 'revoked';
  readonly record: KnowledgeRecord;
  readonly revision: number;
  /** A newer revision that waits for review, while this one counts. */
  readonly waiting: { readonly revision: number; readonly record: KnowledgeRecord; readonly proposal: string } | null;
  readonly provenance: Provenance;
  /** Incidents whose verified repair says the same. */
  readonly witnesses: number;
  /** The event that brought the text. */
  readonly proposal: string;
  /** How often it was right, 0 to 1. */
  readonly score: number;
  readonly mergedInto: string | null;
  readonly trail: readonly SiteEvent[];
}

// The repair that proposes it, and one of another alert group; or what a person wrote, and one repair.
const voicesMin = 2;

/** What the events about one id make of it; null where none proposes a record. `speaking`: with those merged into it. */
export function foldRecord(
  id: string,
  trail: readonly SiteEvent[],
  at: { readonly root: string | null; readonly speaking: readonly SiteEvent[]; readonly nowMs: number },
): SiteRecord | null {
  const revisions = revisionsOf(trail);
  // The same alert that comes again is the same trouble on the same machines: it confirms nothing.
  const groups = alertGroupsOf(at.speaking).size;
  const isTyped = ofKind(trail, 'proposed').some(({ provenance }) => provenance.kind === 'typed');
  const isConfirmed = groups + (isTyped ? 1 : 0) >= voicesMin && groups > 0;
  const reviewed = reviewedProposals(trail);
  const standing = revisions.map((proposal, index) => {
    const { revision } = proposal.record;
    const isRejected = openRejections(trail, revision).length > 0;
    // Incidents confirm what was there when they happened: a later wording has to be read by somebody.
    const isAccepted = !isRejected && (reviewed.has(proposal.id) || (isConfirmed && index === 0));
    return { ...proposal, revision, isRejected, isAccepted };
  });
  const accepted = standing.findLast(({ isAccepted }) => isAccepted);
  const waiting = standing.findLast(({ isRejected, isAccepted }) => !isRejected && !isAccepted);
  const shown = accepted ?? waiting ?? standing.at(-1);
  if (shown === undefined) return null;
  const isRevoked = openRevocations(trail).length > 0;
  const reviewStatus = shown.isAccepted ? 'accepted' : shown.isRejected ? 'rejected' : 'candidate';
  const status = isRevoked ? 'revoked' : at.root !== null ? 'merged' : reviewStatus;
  const next = waiting !== undefined && waiting.revision > shown.revision ? waiting : null;
  return {
    id,
    status,
    record: { ...shown.record, status: recordStatus(status) },
    revision: shown.revision,
    waiting: next === null ? null : { revision: next.revision, record: next.record, proposal: next.id },
    provenance: shown.provenance,
    witnesses: witnessesOf(at.speaking).size,
    proposal: shown.id,
    score: scoreOf(sightsOf(id, at.speaking), learnedPrior, at.nowMs),
    mergedInto: at.root,
    trail,
  };
}

/** One text under each number, lowest number first: the one that was read and accepted, else the first. */
function revisionsOf(trail: readonly SiteEvent[]): readonly SiteEventOf<'proposed'>[] {
  const reviewed = reviewedProposals(trail);
  const chosen = new Map<number, SiteEventOf<'proposed'>>();
  for (const proposal of ofKind(trail, 'proposed')) {
    const before = chosen.get(proposal.record.revision);
    if (before === undefined || (reviewed.has(proposal.id) && !reviewed.has(before.id)))
      chosen.set(proposal.record.revision, proposal);
  }
  return [...chosen.values()].toSorted((a, b) => a.record.revision - b.record.revision);
}

function reviewedProposals(trail: readonly SiteEvent[]): ReadonlySet<string> {
  return new Set(ofKind(trail, 'accepted').flatMap(({ proposal }) => proposal ?? []));
}

/** Numbers under which people have written different texts, of which one alone can stand. */
export function rivalRevisions(trail: readonly SiteEvent[]): readonly number[] {
  const typed = ofKind(trail, 'proposed').filter(({ provenance }) => provenance.kind === 'typed');
  return [...Map.groupBy(typed, ({ record }) => record.revision)].flatMap(([revision, same]) =>
    same.length > 1 ? [revision] : [],
  );
}

function recordStatus(status: SiteRecord['status']): KnowledgeRecord['status'] {
  switch (status) {
    case 'accepted':
      return 'accepted';
    case 'candidate':
      return 'candidate';
    case 'rejected':
    case 'merged':
    case 'revoked':
      return 'revoked';
  }
}
