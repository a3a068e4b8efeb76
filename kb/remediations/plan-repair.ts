import type { Finding, RankedCause } from '../../workflows/domain/finding.ts';
import type { TriedRepair } from '../../workflows/domain/proposal.ts';
import type { PlanDraft, PlanSite, Remediation } from '../schemas/remediation.ts';
import { covers } from './covers.ts';
import { remediations } from './index.ts';
import { reaches } from './parts.ts';

export type RepairPlan =
  | {
      readonly kind: 'plan';
      readonly cause: RankedCause & { readonly node: string };
      readonly remediation: Remediation;
      readonly draft: PlanDraft;
    }
  | { readonly kind: 'none'; readonly reason: string };

type Planned = Extract<RepairPlan, { kind: 'plan' }>;

/** The weakest repair that applies to a cause, or why there is none and people must take over. */
export function planRepair(
  cause: RankedCause,
  findings: readonly Finding[],
  site: PlanSite,
  tried: readonly TriedRepair[] = [],
): RepairPlan {
  const candidates = remediations.filter((remediation) => remediation.categories.includes(cause.category));
  const reasons: string[] = [];
  for (const remediation of candidates) {
    const draft = remediation.plan(cause, findings, site);
    if ('ask' in draft) reasons.push(`${remediation.id}: ${draft.ask}`);
    else if ('notApplicable' in draft) reasons.push(`${remediation.id}: ${draft.notApplicable}`);
    else if (cause.node === undefined) reasons.push(`${remediation.id}: the cause names no node`);
    else {
      const { node } = cause;
      const ofNode = tried.filter((one) => one.node === node);
      const before = ofNode.find((one) => speaksAgainst(one, cause.category, remediation.id, draft));
      if (before === undefined) return { kind: 'plan', cause: { ...cause, node }, remediation, draft };
      reasons.push(`${remediation.id}: ${whyNot(before)}`);
    }
  }
  return {
    kind: 'none',
    reason: reasons.length === 0 ? `no repair is known for ${cause.category}` : reasons.join('; '),
  };
}

/**
 * One plan for several causes, the likeliest first: of the weakest plans of each, the first that no other one of them
 * covers on the same parts of the same node. A restart that one cause needs mends also what a reset would mend for
 * another; the reset of one GPU mends nothing on another.
 */
export function planRepairs(
  causes: readonly RankedCause[],
  findings: readonly Finding[],
  site: PlanSite,
  tried: readonly TriedRepair[] = [],
): RepairPlan {
  const plans = causes.map((cause) => planRepair(cause, findings, site, tried));
  const planned = plans.filter((plan): plan is Planned => plan.kind === 'plan');
  const chosen = planned.find(
    (plan) =>
      !planned.some(
        (other) =>
          other.cause.node === plan.cause.node &&
          covers(remediations, other.remediation.id, plan.remediation.id) &&
          reaches(other.draft.steps, plan.draft.steps),
      ),
  );
  if (chosen !== undefined) return chosen;
  const reasons = plans.flatMap((plan) => (plan.kind === 'none' ? [plan.reason] : []));
  return { kind: 'none', reason: reasons.join('; ') };
}

function speaksAgainst(tried: TriedRepair, category: RankedCause['category'], id: string, draft: PlanDraft): boolean {
  if (tried.rejected !== undefined) return tried.rejected.category === category && isUnwanted(id, draft, tried);
  // Its signs may outlast the fault; a stronger repair for what was mended is for people to decide. Other causes are free.
  if (tried.helped !== undefined)
    return (
      tried.helped.category === category && (reaches(tried.steps, draft.steps) || reaches(draft.steps, tried.steps))
    );
  return isSpent(id, draft, tried);
}

/** The same again, or what the stronger one that was tried has done as well, to the same parts of the node. */
function isSpent(id: string, { steps }: PlanDraft, tried: TriedRepair): boolean {
  const isDone = id === tried.remediationId || covers(remediations, tried.remediationId, id);
  return isDone && reaches(tried.steps, steps);
}

/** The same again, or a stronger one that does the same as well: what people do not want is not wanted in another form. */
function isUnwanted(id: string, { steps }: PlanDraft, rejected: TriedRepair): boolean {
  if (id === rejected.remediationId) return reaches(rejected.steps, steps);
  return covers(remediations, id, rejected.remediationId) && reaches(steps, rejected.steps);
}

function whyNot({ remediationId, node, helped, rejected }: TriedRepair): string {
  if (helped !== undefined)
    return `${remediationId} was carried out on ${node} against ${helped.category} and helped; what remains is for people to look at`;
  if (rejected === undefined) return `${remediationId} did not help on ${node}`;
  const why = rejected.reason === '' ? '' : ` (${rejected.reason})`;
  return `${rejected.by} rejected ${remediationId} on ${node}${why}`;
}
