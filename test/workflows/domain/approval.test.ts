import { describe, expect, it } from 'vitest';
import { noApproval, reduceApproval, refusalsMax, type ApprovalState } from '../../../workflows/domain/approval.ts';
import { aProposal, digestOf } from '../../support/proposals.ts';

const proposal = aProposal();
const waiting = reduceApproval(noApproval, { kind: 'proposed', proposal });
const approval = { decisionId: 'd-1', proposal: 1, digest: proposal.digest, approver: 'Ada' };

function decide(
  state: ApprovalState,
  payload: unknown,
  options: { decision?: 'approve' | 'reject'; atMs?: number; principal?: string | null } = {},
): ApprovalState {
  const { decision = 'approve', atMs = 2_000, principal = null } = options;
  return reduceApproval(state, { kind: 'decided', decision, payload, principal, atMs });
}

describe('an approval', () => {
  it('counts when it names the open proposal and its digest in time', () => {
    const state = decide(waiting, approval);
    expect(state.status).toEqual({ kind: 'approved', atMs: 2_000 });
    expect(state.approvals).toMatchObject([{ approver: 'Ada', principal: null, decisionId: 'd-1' }]);
    expect(state.refused).toBe(0);
  });

  it.each([
    ['a wrong digest', { ...approval, digest: digestOf('a') }, /is not the digest of proposal 1/],
    ['a wrong number', { ...approval, proposal: 2 }, /proposal 2 is not open/],
    ['no digest', { ...approval, digest: undefined }, /"digest" must be the 64 hex digits/],
    ['the placeholder as a name', { ...approval, approver: '<your name>' }, /"approver" must be your name/],
    ['no decision id', { ...approval, decisionId: ' ' }, /"decisionId"/],
    ['nothing', undefined, /not a JSON object/],
    ['a text', 'approve', /not a JSON object/],
    ['an undecodable payload', { undecodable: '{' }, /"proposal" must be the number/],
  ])('with %s is refused, says why, and changes nothing', (_name, payload, reason) => {
    const state = decide(waiting, payload);
    expect(state.status).toEqual({ kind: 'waiting' });
    expect(state.approvals).toEqual([]);
    expect(state.refusals.at(-1)?.reason).toMatch(reason);
  });

  it('after expiry is refused, by the clock as well as by the status', () => {
    expect(decide(waiting, approval, { atMs: proposal.expiresAtMs }).status.kind).toBe('waiting');
    const expired = reduceApproval(waiting, { kind: 'expired', atMs: 61_000 });
    expect(decide(expired, approval).status.kind).toBe('expired');
  });

  it('sent twice counts once and the repeat is visible', () => {
    const state = decide(decide(waiting, approval), approval);
    expect(state.approvals).toHaveLength(1);
    expect(state.refusals.at(-1)?.reason).toMatch(/d-1 was already counted/);
  });

  it('after a rejection is refused', () => {
    const rejected = decide(waiting, { ...approval, reason: 'not now' }, { decision: 'reject' });
    expect(rejected.status).toMatchObject({ kind: 'rejected', by: { approver: 'Ada', note: 'not now' } });
    expect(decide(rejected, { ...approval, decisionId: 'd-2' }).status.kind).toBe('rejected');
  });

  it('without an open proposal is refused', () => {
    expect(decide(noApproval, approval).refusals.at(-1)?.reason).toBe('no proposal is open');
  });
});

describe('a plan for two people', () => {
  const two = reduceApproval(noApproval, { kind: 'proposed', proposal: aProposal({ approvalsNeeded: 2 }) });

  it('is not approved by names that nobody authenticated', () => {
    const state = decide(decide(two, approval), { ...approval, decisionId: 'd-2', approver: 'Bob' });
    expect(state.status.kind).toBe('waiting');
    expect(state.refused).toBe(2);
  });

  it('needs two distinct principals', () => {
    const first = decide(two, approval, { principal: 'ada@example.org' });
    const again = decide(first, { ...approval, decisionId: 'd-2' }, { principal: 'ada@example.org' });
    expect(again.status.kind).toBe('waiting');
    const second = decide(again, { ...approval, decisionId: 'd-3' }, { principal: 'bob@example.org' });
    expect(second.status.kind).toBe('approved');
  });
});

it('refusals shown stay bounded while all are counted', () => {
  let state = waiting;
  for (let count = 0; count < refusalsMax * 3; count += 1) state = decide(state, 'x'.repeat(10_000));
  expect(state.refusals).toHaveLength(refusalsMax);
  expect(state.refused).toBe(refusalsMax * 3);
});
