import { claimedCauses, type ClaimedCause } from './cluster-claims.ts';
import type { Answer, ClusterState, Question } from './cluster-rules.ts';
import { isSameToken } from './lease.ts';
import type { Proposal } from './proposal.ts';
import type { RepairReport } from './repair-report.ts';

/** A cause that a verified repair took away or took out of service. */
export interface MendedCause extends ClaimedCause {
  /** End of the last step, wall milliseconds: signs from before it are of this cause. */
  readonly atMs: number;
}

/** So many are remembered, and told to an incident that opens. */
export const mendedMax = 50;
// The windows of an alert reach back for less; what a node remembers of longer ago is old anyway.
const toldMsMax = 24 * 60 * 60_000;

/** What a repair was verified to have mended: also a part that people replaced, once it is back in service. */
export function mendedBy(
  { outcome, steps }: Pick<RepairReport, 'outcome' | 'steps'>,
  { cause }: Pick<Proposal, 'cause'>,
): { readonly mended?: readonly MendedCause[] } {
  const helped =
    (outcome.kind === 'compared' && outcome.comparison === 'better') ||
    (outcome.kind === 'undone' && outcome.why === 'given-back' && outcome.verified);
  const atMs = steps.at(-1)?.atMs;
  if (!helped || atMs === undefined) return {};
  return { mended: claimedCauses([cause]).map((claim) => ({ ...claim, atMs })) };
}

/** Only who holds the lease has mended something under it. */
export function rememberMended(
  state: ClusterState,
  { fencing, mended = [] }: Extract<Question, { kind: 'release' }>,
): ClusterState {
  const isHeld = state.leases.some((held) => isSameToken(held.fencing, fencing));
  if (!isHeld || mended.length === 0) return state;
  return { ...state, mended: [...(state.mended ?? []), ...mended].slice(-mendedMax) };
}

/** What the entity told of it to an incident that it let open. */
export function mendedIn(answer: Answer | 'unanswered'): { readonly mended?: readonly MendedCause[] } {
  return answer === 'unanswered' || answer.kind !== 'go' || answer.mended === undefined
    ? {}
    : { mended: answer.mended };
}

export function mendedLately(
  { mended = [] }: Pick<ClusterState, 'mended'>,
  nowMs: number,
): { readonly mended?: readonly MendedCause[] } {
  const lately = mended.filter(({ atMs }) => atMs > nowMs - toldMsMax);
  return lately.length === 0 ? {} : { mended: lately };
}
