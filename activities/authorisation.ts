import {
  noApproval,
  reduceApproval,
  type ApprovalEvent,
  type ApprovalState,
  type DecisionKind,
  type Principal,
} from '../workflows/domain/approval.ts';
import { describeAnswer, proceed, type ClusterState } from '../workflows/domain/cluster-rules.ts';
import { formatFencingToken, isSameToken } from '../workflows/domain/lease.ts';
import type { ApplyStepInput } from '../workflows/domain/phase-data.ts';
import { isProposal, type Step } from '../workflows/domain/proposal.ts';
import { canonicalJson } from './json-evidence.ts';
import type { Clock } from './ports.ts';
import { proposalDigest } from './proposal-digest.ts';

/** What a history proves about approvals, in the order of its events. */
export type HistoryFact =
  | { readonly kind: 'proposed'; readonly proposal: unknown; readonly atMs: number }
  | {
      readonly kind: 'decided';
      readonly decision: DecisionKind;
      readonly payload: unknown;
      /** Only an original signal proves one; `null` for updates and for signals that a reset applied again. */
      readonly principal: Principal;
      readonly atMs: number;
    };

/** Reads the facts of exactly one run from the server. */
export interface HistoryReader {
  read(workflowId: string, runId: string, signal?: AbortSignal): Promise<readonly HistoryFact[]>;
}

/** What the cluster entity says now. */
export interface ClusterReader {
  rules(cluster: string): Promise<Pick<ClusterState, 'stopped' | 'leases'>>;
}

/** `overdue`: approved, but too late for a first attempt now; an earlier attempt may have acted in time. */
export type Authorisation =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: string; readonly overdue: boolean };

/**
 * May this step run? Believes nothing of its input: the proposal must be the one that people approved in the
 * history of the incident, unchanged to the last character, and the step one of that proposal's own. A forward step
 * needs an approval that stands and has not expired, a lease and no stop; undo needs that the plan was approved once.
 */
export async function authorise(
  ports: { readonly history: HistoryReader & ClusterReader; readonly clock: Clock },
  input: ApplyStepInput,
  signal?: AbortSignal,
): Promise<Authorisation> {
  const { key, proposal, step, direction, fencing } = input;
  const { incident, cluster, blastRadius } = proposal;
  if (incident.workflowId !== key.workflowId || incident.runId !== key.runId || cluster !== key.cluster)
    return refuse(`the proposal belongs to ${incident.workflowId} run ${incident.runId}, not to the run that asks`);
  if (proposalDigest(proposal) !== proposal.digest)
    return refuse('the proposal does not have the digest that it names');
  if (!isOneOf(direction === 'forward' ? proposal.steps : proposal.undo, step))
    return refuse(`the step is not one of the ${direction === 'forward' ? 'steps' : 'undo steps'} of the proposal`);
  if (!blastRadius.nodes.includes(step.node)) return refuse(`${step.node} is outside the blast radius that was shown`);

  const facts = await ports.history.read(key.workflowId, key.runId, signal);
  const seen = replay(facts, proposal.digest);
  if (direction === 'undo')
    return seen.approvedOnce
      ? { ok: true }
      : refuse(`proposal ${proposal.number} was never approved, so nothing can be undone`);
  const { state } = seen;
  if (state.proposal?.digest !== proposal.digest || state.proposal.number !== proposal.number)
    return refuse(`proposal ${proposal.number} is not the one that stands in the history`);
  if (state.status.kind !== 'approved')
    return refuse(`proposal ${proposal.number} is not approved (${state.status.kind})`);
  // The clock of this machine may have gone back since; what the server has seen pass stays past.
  const nowMs = Math.max(ports.clock.nowMs(), ...facts.map(({ atMs }) => atMs));
  if (nowMs >= proposal.expiresAtMs) return overdue(`the approval of proposal ${proposal.number} has expired`);
  // Asked again here: between the workflow's own question and this attempt a worker may have been away for minutes.
  const rules = await ports.history.rules(key.cluster);
  const leave = proceed(rules, fencing);
  if (leave.kind !== 'go') return overdue(describeAnswer(leave));
  // The entity takes a lease back when it wakes; nobody has to wait for that to know that it is over.
  return rules.leases.some((lease) => isSameToken(lease.fencing, fencing) && nowMs < lease.untilMs)
    ? { ok: true }
    : overdue(`lease ${formatFencingToken(fencing)} has ended`);
}

function replay(
  facts: readonly HistoryFact[],
  digest: string,
): { readonly state: ApprovalState; readonly approvedOnce: boolean } {
  let state = noApproval;
  let approvedOnce = false;
  for (const fact of facts) {
    const event = eventOf(fact);
    if (event === null) continue;
    state = reduceApproval(state, event);
    if (state.status.kind === 'approved' && state.proposal?.digest === digest) approvedOnce = true;
  }
  return { state, approvedOnce };
}

function eventOf(fact: HistoryFact): ApprovalEvent | null {
  if (fact.kind === 'decided') return fact;
  return isProposal(fact.proposal) ? { kind: 'proposed', proposal: fact.proposal } : null;
}

function isOneOf(steps: readonly Step[], step: Step): boolean {
  const wanted = canonicalJson(step);
  return steps.filter((one) => canonicalJson(one) === wanted).length === 1;
}

function refuse(reason: string): Authorisation {
  return { ok: false, reason, overdue: false };
}

function overdue(reason: string): Authorisation {
  return { ok: false, reason, overdue: true };
}
