import type { Proposal } from './proposal.ts';

/** What an operator sends with `approveProposal` or `rejectProposal`. */
export interface Decision {
  readonly kind: 'approve' | 'reject';
  /** Chosen by the sender; the same id twice is one decision. */
  readonly decisionId: string;
  readonly proposal: number;
  readonly digest: string;
  readonly approver: string;
  /** Comment of an approval, reason of a rejection. */
  readonly note: string;
}

export type DecisionKind = Decision['kind'];

/** Who the server says sent it; `null` where no authorizer is configured (recorded as `unauthenticated`). */
export type Principal = string | null;

export interface Approval {
  readonly decisionId: string;
  readonly approver: string;
  readonly principal: Principal;
  readonly atMs: number;
  readonly note: string;
}

/** A message that changed nothing, kept so that its sender can see why. */
export interface Refusal {
  readonly atMs: number;
  readonly what: string;
  readonly reason: string;
}

export type ApprovalStatus =
  | { readonly kind: 'none' }
  | { readonly kind: 'waiting' }
  | { readonly kind: 'approved'; readonly atMs: number }
  | { readonly kind: 'rejected'; readonly by: Approval }
  | { readonly kind: 'expired'; readonly atMs: number }
  | { readonly kind: 'withdrawn'; readonly reason: string; readonly atMs: number };

export interface ApprovalState {
  readonly proposal: Proposal | null;
  readonly status: ApprovalStatus;
  readonly approvals: readonly Approval[];
  readonly refusals: readonly Refusal[];
  readonly refused: number;
}

export type ApprovalEvent =
  | { readonly kind: 'proposed'; readonly proposal: Proposal }
  | {
      readonly kind: 'decided';
      readonly decision: DecisionKind;
      readonly payload: unknown;
      readonly principal: Principal;
      readonly atMs: number;
    }
  | { readonly kind: 'refused'; readonly what: string; readonly reason: string; readonly atMs: number }
  | { readonly kind: 'expired'; readonly atMs: number }
  | { readonly kind: 'withdrawn'; readonly reason: string; readonly atMs: number };

export const noApproval: ApprovalState = {
  proposal: null,
  status: { kind: 'none' },
  approvals: [],
  refusals: [],
  refused: 0,
};

/** Refusals shown; older ones are only counted. */
export const refusalsMax = 10;
const textCharsMax = 200;

/**
 * The one reducer of approvals: the workflow applies it to messages as they arrive, the remediation activity to
 * the same messages as it reads them back from the history.
 */
export function reduceApproval(state: ApprovalState, event: ApprovalEvent): ApprovalState {
  switch (event.kind) {
    case 'proposed':
      return { ...state, proposal: event.proposal, status: { kind: 'waiting' }, approvals: [] };
    case 'expired':
      return state.status.kind === 'waiting' ? { ...state, status: { kind: 'expired', atMs: event.atMs } } : state;
    case 'withdrawn':
      return { ...state, status: { kind: 'withdrawn', reason: event.reason, atMs: event.atMs } };
    case 'refused':
      return refuse(state, event.what, event.reason, event.atMs);
    case 'decided': {
      const checked = checkDecision(state, event.decision, event.payload, event.atMs, event.principal);
      if (!checked.ok) return refuse(state, `${event.decision}Proposal`, checked.reason, event.atMs);
      const approval: Approval = {
        decisionId: checked.decision.decisionId,
        approver: checked.decision.approver,
        principal: event.principal,
        atMs: event.atMs,
        note: checked.decision.note,
      };
      if (event.decision === 'reject') return { ...state, status: { kind: 'rejected', by: approval } };
      const approvals = [...state.approvals, approval];
      const enough = approvals.length >= (state.proposal?.approvalsNeeded ?? 1);
      return { ...state, approvals, status: enough ? { kind: 'approved', atMs: event.atMs } : state.status };
    }
  }
}

export type CheckedDecision =
  | { readonly ok: true; readonly decision: Decision }
  | { readonly ok: false; readonly reason: string };

/** Would this decision count now? Also the validator of the updates, so the sender hears the reason at once. */
export function checkDecision(
  state: ApprovalState,
  kind: DecisionKind,
  payload: unknown,
  nowMs: number,
  principal: Principal,
): CheckedDecision {
  const parsed = parseDecision(kind, payload);
  if (!parsed.ok) return parsed;
  const reason = refusalReason(state, parsed.decision, nowMs, principal);
  return reason === null ? parsed : { ok: false, reason };
}

function refusalReason(state: ApprovalState, decision: Decision, nowMs: number, principal: Principal): string | null {
  const { proposal, status } = state;
  if (proposal === null) return 'no proposal is open';
  if (state.approvals.some((approval) => approval.decisionId === decision.decisionId))
    return `decision ${decision.decisionId} was already counted`;
  if (decision.proposal !== proposal.number)
    return `proposal ${decision.proposal} is not open; the open one is number ${proposal.number}`;
  if (decision.digest !== proposal.digest)
    return `digest ${decision.digest.slice(0, 12)}… is not the digest of proposal ${proposal.number} (${proposal.digest.slice(0, 12)}…)`;
  switch (status.kind) {
    case 'none':
      return 'no proposal is open';
    case 'approved':
      return `proposal ${proposal.number} is already approved; to stop it cancel the incident or stop remediation`;
    case 'rejected':
      return `proposal ${proposal.number} was rejected by ${status.by.approver}`;
    case 'expired':
      return `proposal ${proposal.number} expired`;
    case 'withdrawn':
      return `proposal ${proposal.number} was withdrawn: ${status.reason}`;
    case 'waiting':
      break;
  }
  if (nowMs >= proposal.expiresAtMs) return `proposal ${proposal.number} expired`;
  if (decision.kind === 'approve' && proposal.approvalsNeeded > 1) {
    if (principal === null) return 'this plan needs two authenticated approvers, and this server authenticates nobody';
    if (state.approvals.some((approval) => approval.principal === principal))
      return `${principal} has approved already; a second person must`;
  }
  return null;
}

/** Reads a payload that anybody may have typed. Never throws. */
export function parseDecision(kind: DecisionKind, payload: unknown): CheckedDecision {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload))
    return { ok: false, reason: 'the input is not a JSON object; copy the one shown in the current details' };
  const fields = payload as Record<string, unknown>; // narrowed field by field below
  const proposal = fields['proposal'];
  if (typeof proposal !== 'number' || !Number.isSafeInteger(proposal) || proposal < 1)
    return { ok: false, reason: 'field "proposal" must be the number of the open proposal' };
  const digest = fields['digest'];
  if (typeof digest !== 'string' || !/^[0-9a-f]{64}$/.test(digest))
    return { ok: false, reason: 'field "digest" must be the 64 hex digits of the open proposal' };
  const approver = fields['approver'];
  if (typeof approver !== 'string' || approver.trim() === '' || /^<.*>$/.test(approver.trim()))
    return { ok: false, reason: 'field "approver" must be your name' };
  const decisionId = fields['decisionId'];
  if (typeof decisionId !== 'string' || decisionId.trim() === '')
    return { ok: false, reason: 'field "decisionId" must be a text of your choice, the same when you send it again' };
  const note = fields[kind === 'approve' ? 'comment' : 'reason'];
  return {
    ok: true,
    decision: {
      kind,
      proposal,
      digest,
      approver: cut(approver.trim()),
      decisionId: cut(decisionId.trim()),
      note: typeof note === 'string' ? cut(note) : '',
    },
  };
}

function refuse(state: ApprovalState, what: string, reason: string, atMs: number): ApprovalState {
  const refusal = { atMs, what: cut(what), reason: cut(reason) };
  return { ...state, refusals: [...state.refusals, refusal].slice(-refusalsMax), refused: state.refused + 1 };
}

function cut(text: string): string {
  return text.length <= textCharsMax ? text : `${text.slice(0, textCharsMax - 1)}…`;
}
