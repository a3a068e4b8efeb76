import type { EvidenceRef } from '../workflows/domain/evidence.ts';
import type { LearnInput } from '../workflows/domain/closing-data.ts';
import { placeCandidate } from '../kb/knowledge/place-candidate.ts';
import { siteBase } from '../kb/knowledge/site-base.ts';
import type { IncidentProvenance, NewSiteEvent, SiteEvent } from '../kb/knowledge/site-events.ts';
import type { KnowledgeRecord } from '../kb/schemas/record.ts';
import { categories } from '../kb/taxonomy.ts';

/** Under this name the product itself speaks; the people who approved stand in the provenance. */
const learner = 'wardround';
const evidenceMax = 20;
const peopleMax = 10;
const recalledMax = 20;

/** What a verified repair adds to a site's knowledge: a new record or a word for one that is there, and the outcome. */
export function learnedEvents(
  input: LearnInput,
  world: {
    readonly record: KnowledgeRecord;
    readonly candidate: EvidenceRef;
    readonly shipped: readonly KnowledgeRecord[];
    readonly events: readonly SiteEvent[];
    readonly atMs: number;
  },
): readonly NewSiteEvent[] {
  const { record, candidate, shipped, events, atMs } = world;
  const incident = provenanceOf(input, candidate);
  const base = siteBase(events, atMs, { shippedIds: new Set(shipped.map(({ id }) => id)) });
  const placement = placeCandidate(base, shipped, record);
  const said = { atMs, by: learner, reason: `verified repair ${input.proposal.remediationId}` };
  const taught: NewSiteEvent =
    placement === 'new'
      ? { kind: 'proposed', ...said, record, provenance: { kind: 'incident', incident } }
      : { kind: 'confirmed', ...said, target: placement.confirms, incident };
  const { category } = input.proposal.cause;
  const recalled = recalledOf(input, category);
  if (recalled.length === 0) return [taught];
  return [taught, { kind: 'outcome', ...said, incident, category, recalled }];
}

function provenanceOf({ key, proposal, findings, approvedBy, firstRunId }: LearnInput, candidate: EvidenceRef) {
  return {
    cluster: key.cluster,
    workflowId: key.workflowId,
    runId: key.runId,
    firstRunId: firstRunId ?? key.runId,
    proposal: proposal.number,
    digest: proposal.digest,
    approvedBy: (approvedBy ?? []).slice(0, peopleMax).map((name) => name.slice(0, 120) || 'unnamed'),
    evidence: [candidate, ...findings].slice(0, evidenceMax).map(({ key: objectKey }) => objectKey),
  } satisfies IncidentProvenance;
}

/** Only what claims a cause can be right or wrong: facts and runbooks claim none. */
function recalledOf({ recalled = [] }: LearnInput, category: string) {
  const claims = new Set<string>(categories);
  return recalled
    .slice(0, recalledMax)
    .flatMap(({ problemkey, category: claimed }, index) =>
      claims.has(claimed) ? [{ id: problemkey, rank: index + 1, right: claimed === category }] : [],
    );
}
