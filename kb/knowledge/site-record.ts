import type { KnowledgeRecord } from '../schemas/record.ts';
import type { Provenance, SiteEvent } from './site-events.ts';
import { ofKind, openRejections, openRevocations, sightsOf, witnessesOf } from './site-trail.ts';
import { learnedPrior, scoreOf } from './trust.ts';

/** A record of the site's own. */
export interface SiteRecord {
  readonly id: string;
  readonly status: 'candidate' | 'accepted' | 'rejected' | 'merged' | 'revoked';
  readonly record: KnowledgeRecord;
  readonly revision: number;
  /** A newer revision that waits for review, while this one counts. */
  readonly waitingRevision: number | null;
  readonly provenance: Provenance;
  /** Independent incidents whose verified repair says the same. */
  readonly witnesses: number;
  /** How often it was right, 0 to 1. */
  readonly score: number;
  readonly mergedInto: string | null;
  readonly trail: readonly SiteEvent[];
}

// The repair that proposes it, and a second one; or what a person wrote, and one repair.
const witnessesMin = 2;

/** What the events about one id make of it; null where none proposes a record. `speaking`: with those merged into it. */
export function foldRecord(
  id: string,
  trail: readonly SiteEvent[],
  at: { readonly root: string | null; readonly speaking: readonly SiteEvent[]; readonly nowMs: number },
): SiteRecord | null {
  const revisions = revisionsOf(trail);
  const witnesses = witnessesOf(at.speaking).size;
  const isTyped = ofKind(trail, 'proposed').some(({ provenance }) => provenance.kind === 'typed');
  const isConfirmed = witnesses + (isTyped ? 1 : 0) >= witnessesMin && witnesses > 0;
  const reviewed = new Set(ofKind(trail, 'accepted').map(({ revision }) => revision));
  const standing = revisions.map((proposal, index) => {
    const { revision } = proposal.record;
    const isRejected = openRejections(trail, revision).length > 0;
    // Incidents confirm what was there when they happened: a later wording has to be read by somebody.
    const isAccepted = !isRejected && (reviewed.has(revision) || (isConfirmed && index === 0));
    return { ...proposal, revision, isRejected, isAccepted };
  });
  const accepted = standing.findLast(({ isAccepted }) => isAccepted);
  const waiting = standing.findLast(({ isRejected, isAccepted }) => !isRejected && !isAccepted);
  const shown = accepted ?? waiting ?? standing.at(-1);
  if (shown === undefined) return null;
  const isRevoked = openRevocations(trail).length > 0;
  const reviewStatus = shown.isAccepted ? 'accepted' : shown.isRejected ? 'rejected' : 'candidate';
  const status = isRevoked ? 'revoked' : at.root !== null ? 'merged' : reviewStatus;
  return {
    id,
    status,
    record: { ...shown.record, status: recordStatus(status) },
    revision: shown.revision,
    waitingRevision: waiting !== undefined && waiting.revision > shown.revision ? waiting.revision : null,
    provenance: shown.provenance,
    witnesses,
    score: scoreOf(sightsOf(id, at.speaking), learnedPrior, at.nowMs),
    mergedInto: at.root,
    trail,
  };
}

/** The first text under each number, lowest number first. */
function revisionsOf(trail: readonly SiteEvent[]) {
  const first = new Map<number, { readonly record: KnowledgeRecord; readonly provenance: Provenance }>();
  for (const { record, provenance } of ofKind(trail, 'proposed'))
    if (!first.has(record.revision)) first.set(record.revision, { record, provenance });
  return [...first.values()].toSorted((a, b) => a.record.revision - b.record.revision);
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
