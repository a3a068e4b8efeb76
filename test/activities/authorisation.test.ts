import { describe, expect, it } from 'vitest';
import { authorise, type HistoryFact } from '../../activities/authorisation.ts';
import { proposalDigest } from '../../activities/proposal-digest.ts';
import type { ClusterState } from '../../workflows/domain/cluster-rules.ts';
import type { ApplyStepInput } from '../../workflows/domain/phase-data.ts';
import type { Proposal } from '../../workflows/domain/proposal.ts';
import { aProposal } from '../support/proposals.ts';

function sealed(changes: Partial<Proposal> = {}): Proposal {
  const body = aProposal(changes);
  return { ...body, digest: proposalDigest(body) };
}

const proposal = sealed();
const key = { cluster: proposal.cluster, ...proposal.incident };
const [step] = proposal.steps;
const [undoStep] = proposal.undo;
if (step === undefined || undoStep === undefined) throw new Error('the proposal has one step each way');

const proposed = (one: unknown = proposal, atMs = 1_000): HistoryFact => ({ kind: 'proposed', proposal: one, atMs });
const decided = (
  decision: 'approve' | 'reject',
  changes: object = {},
  atMs = 2_000,
  principal: string | null = null,
): HistoryFact => ({
  kind: 'decided',
  decision,
  payload: {
    decisionId: `d-${atMs}`,
    proposal: 1,
    digest: proposal.digest,
    approver: 'kim',
    comment: '',
    reason: '',
    ...changes,
  },
  principal,
  atMs,
});

const input: ApplyStepInput = { key, proposal, step, direction: 'forward', fencing: { epochMs: 1, counter: 1 } };

const held = {
  fencing: input.fencing,
  asker: { workflowId: 'repair/run-1/1', runId: 'r' },
  nodes: ['node-07'],
  grantedAtMs: 1,
  untilMs: 9_000,
};
const leased: Pick<ClusterState, 'stopped' | 'leases'> = { stopped: null, leases: [held] };

async function ask(
  facts: readonly HistoryFact[],
  changes: Partial<ApplyStepInput> = {},
  nowMs = 3_000,
  rules: Pick<ClusterState, 'stopped' | 'leases'> = leased,
) {
  const read: string[] = [];
  const history = {
    read: async (workflowId: string, runId: string) => {
      read.push(`${workflowId} ${runId}`);
      return facts;
    },
    rules: async () => rules,
  };
  const answer = await authorise({ history, clock: { nowMs: () => nowMs } }, { ...input, ...changes });
  return { answer: answer.ok ? 'ok' : answer.reason, read };
}

describe('a forward step', () => {
  it('may run when exactly this proposal was approved, as the history of exactly this run says', async () => {
    expect(await ask([proposed(), decided('approve')])).toEqual({ answer: 'ok', read: [`${key.workflowId} run-1`] });
  });

  it.each([
    ['without any approval', [proposed()], {}, /not approved \(waiting\)/],
    ['without a proposal in the history', [decided('approve')], {}, /not the one that stands/],
    ['with an empty history', [], {}, /not the one that stands/],
    ['when the approval came before the proposal', [decided('approve'), proposed()], {}, /not approved/],
    [
      'when it was rejected',
      [proposed(), decided('reject'), decided('approve', {}, 2_500)],
      {},
      /not approved \(rejected\)/,
    ],
    ['when another number was approved', [proposed(), decided('approve', { proposal: 2 })], {}, /not approved/],
    [
      'when another digest was approved',
      [proposed(), decided('approve', { digest: 'f'.repeat(64) })],
      {},
      /not approved/,
    ],
    ['when the approval came after the expiry', [proposed(), decided('approve', {}, 61_000)], {}, /not approved/],
    ['when the approval names nobody', [proposed(), decided('approve', { approver: '' })], {}, /not approved/],
    [
      'when a newer proposal stands',
      [proposed(), decided('approve'), proposed(sealed({ number: 2 }), 2_500)],
      {},
      /not the one that stands/,
    ],
    [
      'when what was proposed is not a proposal',
      [proposed({ digest: 'x' }), decided('approve')],
      {},
      /not the one that stands/,
    ],
    [
      'when the payload of the decision is garbage',
      [proposed(), { ...decided('approve'), payload: 'yes please' } as HistoryFact],
      {},
      /not approved/,
    ],
    [
      'with another run',
      [proposed(), decided('approve')],
      { key: { ...key, runId: 'run-2' } },
      /not to the run that asks/,
    ],
    [
      'with another cluster',
      [proposed(), decided('approve')],
      { key: { ...key, cluster: 'site-b' } },
      /not to the run that asks/,
    ],
    [
      'with a changed plan under the old digest',
      [proposed(), decided('approve')],
      { proposal: { ...proposal, settleMs: 1 } },
      /digest that it names/,
    ],
    [
      'with a step that is not in the plan',
      [proposed(), decided('approve')],
      { step: { ...step, args: ['4'] } },
      /not one of the steps/,
    ],
    [
      'with an undo step in place of a step',
      [proposed(), decided('approve')],
      { step: undoStep },
      /not one of the steps/,
    ],
  ] as const)('may not run %s', async (_name, facts, changes, reason) => {
    expect((await ask(facts, changes)).answer).toMatch(reason);
  });

  it('may not run once the approval has expired', async () => {
    expect((await ask([proposed(), decided('approve')], {}, 61_000)).answer).toMatch(/has expired/);
  });

  it('may not run when the clock of the machine goes back behind an expiry that the server has seen pass', async () => {
    const facts = [proposed(), decided('approve'), decided('approve', { decisionId: 'again' }, 61_000)];
    expect((await ask(facts, {}, 3_000)).answer).toMatch(/has expired/);
  });

  it('may not run under a lease whose time is over, though the entity has not taken it back yet', async () => {
    const facts = [proposed(), decided('approve')];
    expect((await ask(facts, {}, 8_999)).answer).toBe('ok');
    expect((await ask(facts, {}, 9_000)).answer).toBe('lease 1.1 has ended');
    expect((await ask(facts, { step: undoStep, direction: 'undo' }, 9_000)).answer).toBe('ok');
  });

  it('may not run under a lease that is not held, or while people have stopped remediation, though it was approved', async () => {
    const facts = [proposed(), decided('approve')];
    const forged = { fencing: { epochMs: 999, counter: 999 } };
    expect((await ask(facts, forged)).answer).toMatch(/lease 999\.999 is no longer held/);
    const stopped = { ...leased, stopped: { by: 'Ada', reason: 'cooling works', atMs: 1 } };
    expect((await ask(facts, {}, 3_000, stopped)).answer).toMatch(/remediation is stopped by Ada/);
    expect((await ask(facts, { step: undoStep, direction: 'undo' }, 3_000, stopped)).answer).toBe('ok');
  });

  it('may not touch a node outside the blast radius that was shown', async () => {
    const stray = { ...step, node: 'node-08' };
    const wide = sealed({ steps: [stray] });
    const facts = [proposed(wide), decided('approve', { digest: wide.digest })];
    expect((await ask(facts, { proposal: wide, step: stray })).answer).toMatch(/outside the blast radius/);
  });

  it('that needs two people needs two principals that the server proved', async () => {
    const two = sealed({ approvalsNeeded: 2, reversibility: 'one-way' });
    const yes = (atMs: number, principal: string | null) => decided('approve', { digest: two.digest }, atMs, principal);
    const changes = { proposal: two };
    expect((await ask([proposed(two), yes(2_000, 'jwt:kim'), yes(2_100, 'jwt:lee')], changes)).answer).toBe('ok');
    expect((await ask([proposed(two), yes(2_000, 'jwt:kim'), yes(2_100, 'jwt:kim')], changes)).answer).toMatch(
      /not approved/,
    );
    expect((await ask([proposed(two), yes(2_000, null), yes(2_100, null)], changes)).answer).toMatch(/not approved/);
  });
});

describe('an undo step', () => {
  const undo = { step: undoStep, direction: 'undo' as const };

  it('may run after the approval has expired', async () => {
    expect((await ask([proposed(), decided('approve')], undo, 9_999_999)).answer).toBe('ok');
  });

  it('may run although a newer proposal stands', async () => {
    expect((await ask([proposed(), decided('approve'), proposed(sealed({ number: 2 }), 2_500)], undo)).answer).toBe(
      'ok',
    );
  });

  it('may not run when its plan was never approved', async () => {
    expect((await ask([proposed()], undo)).answer).toMatch(/never approved/);
    expect((await ask([proposed(), decided('reject')], undo)).answer).toMatch(/never approved/);
  });

  it('must be an undo step of the plan', async () => {
    expect((await ask([proposed(), decided('approve')], { ...undo, step })).answer).toMatch(
      /not one of the undo steps/,
    );
  });
});
