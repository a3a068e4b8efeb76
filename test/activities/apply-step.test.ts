import type { Info as ActivityInfo } from '@temporalio/activity';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { beforeEach, describe, expect, it } from 'vitest';
import { createApplyStep, stepToken } from '../../activities/apply-step.ts';
import type { HistoryFact } from '../../activities/authorisation.ts';
import { PortError, type EvidenceStore, type GateClient } from '../../activities/ports.ts';
import { proposalDigest } from '../../activities/proposal-digest.ts';
import { gateSteps } from '../../kb/remediations/gate-steps.ts';
import type { GateReply } from '../../kb/schemas/gate.ts';
import type { ApplyStepInput } from '../../workflows/domain/phase-data.ts';
import type { Step } from '../../workflows/domain/proposal.ts';
import { memoryEvidence } from '../support/memory-stores.ts';
import { aProposal } from '../support/proposals.ts';
import { smallInventory } from '../support/small-inventory.ts';

const steps = [
  { index: 1, stepId: 'gpu-clocks-reset', node: 'node-02', args: ['1'], rendered: 'nvidia-smi -i 1 -rgc' },
];
const undo = [
  {
    index: 1,
    stepId: 'gpu-clocks-lock',
    node: 'node-02',
    args: ['1', '210', '210'],
    rendered: 'nvidia-smi -i 1 -lgc 210,210',
  },
];
const body = aProposal({
  steps,
  undo,
  blastRadius: { nodes: ['node-02'], devices: [], interruptsJob: false, text: 'one GPU' },
});
const proposal = { ...body, digest: proposalDigest(body) };
const key = { cluster: 'site-a', ...proposal.incident };
const input = (changes: Partial<ApplyStepInput> = {}): ApplyStepInput => ({
  key,
  proposal,
  step: steps[0]!,
  direction: 'forward',
  fencing: { epochMs: 1_700_000_000_000, counter: 4 },
  ...changes,
});

const approved: readonly HistoryFact[] = [
  { kind: 'proposed', proposal, atMs: 1_000 },
  {
    kind: 'decided',
    decision: 'approve',
    payload: { decisionId: 'd', proposal: 1, digest: proposal.digest, approver: 'kim' },
    principal: null,
    atMs: 2_000,
  },
];

/** A gate with a journal: a token runs once; `fail` breaks the link after the effect, `crash` leaves no end behind. */
function fakeGate(mode: 'works' | 'fail' | 'crash' | 'refuse' = 'works') {
  const journal = new Map<string, GateReply>();
  const effects: string[] = [];
  const fences: string[] = [];
  let broken = mode === 'fail';
  const gate: GateClient = {
    async apply(node, { token, fence, stepId, args }) {
      fences.push(fence);
      const known = journal.get(token);
      if (known !== undefined) return known.outcome === 'done' ? { ...known, replayed: true } : known;
      if (mode === 'refuse') return { outcome: 'refused', reason: 'the fence is lower' };
      const about = node.about === undefined ? '' : ` about ${node.about}`;
      effects.push(`${node.name}${about} ${stepId} ${args.join(' ')}`.trimEnd());
      if (mode === 'crash') {
        const lost: GateReply = { outcome: 'unknown', reason: 'begun and its end is not recorded' };
        journal.set(token, lost);
        return lost;
      }
      const done: GateReply = { outcome: 'done', exitCode: 0, replayed: false, output: 'All done.\n' };
      journal.set(token, done);
      if (broken) {
        broken = false;
        throw new PortError('unreachable', 'the link broke');
      }
      return done;
    },
    async look(_node, token) {
      const known = journal.get(token);
      return known === undefined
        ? { outcome: 'none' }
        : known.outcome === 'done'
          ? { ...known, replayed: true }
          : known;
    },
  };
  return { gate, effects, fences, journal };
}

const leased = {
  stopped: null,
  leases: [
    {
      fencing: { epochMs: 1_700_000_000_000, counter: 4 },
      asker: { workflowId: 'repair/run-1/1', runId: 'r' },
      nodes: ['node-02'],
      grantedAtMs: 1,
      untilMs: 9_000,
    },
  ],
};

let evidence: ReturnType<typeof memoryEvidence>;
beforeEach(() => {
  evidence = memoryEvidence('remediation');
});

function activity(
  gate: GateClient,
  facts: readonly HistoryFact[] = approved,
  store: EvidenceStore = evidence,
  nowMs = 3_000,
  rules = leased,
  inventory = smallInventory(),
) {
  const apply = createApplyStep({
    gate,
    evidence: store,
    history: { read: async () => facts, rules: async () => rules },
    inventories: new Map([['site-a', inventory]]),
    clock: { nowMs: () => nowMs },
  });
  return (change: Partial<ApplyStepInput> = {}, info: Partial<ActivityInfo> = {}) =>
    new MockActivityEnvironment(info, { logger: new DefaultLogger('ERROR') }).run(apply, input(change));
}

describe('an approved step', () => {
  it('goes through the gate with the fence of its lease, and its output becomes evidence', async () => {
    const { gate, effects, fences } = fakeGate();
    const outcome = await activity(gate)();
    expect(outcome).toMatchObject({ kind: 'done', exitCode: 0, replayed: false, output: { kind: 'step-output' } });
    expect(effects).toEqual(['node-02 gpu-clocks-reset 1']);
    expect(fences).toEqual(['1700000000000.4']);
    expect([...evidence.objects.values()].map((bytes) => Buffer.from(bytes).toString())).toEqual(['All done.\n']);
  });

  it('has one effect when the link broke and Temporal tries again', async () => {
    const { gate, effects } = fakeGate('fail');
    const run = activity(gate);
    await expect(run()).rejects.toMatchObject({ type: 'Unreachable' });
    expect(await run()).toMatchObject({ kind: 'done', replayed: true });
    expect(effects).toHaveLength(1);
  });

  it('has one effect when its output could not be stored the first time', async () => {
    const { gate, effects } = fakeGate();
    const broken: EvidenceStore = { ...evidence, put: () => Promise.reject(new PortError('unreachable', 'no store')) };
    await expect(activity(gate, approved, broken)()).rejects.toMatchObject({ type: 'Unreachable' });
    expect(await activity(gate)()).toMatchObject({ kind: 'done', replayed: true });
    expect(effects).toHaveLength(1);
  });

  it('that acted before the approval ran out is reported as done by the attempt that comes after', async () => {
    const { gate, effects } = fakeGate('fail');
    await expect(activity(gate)()).rejects.toMatchObject({ type: 'Unreachable' });
    const late = activity(gate, approved, evidence, proposal.expiresAtMs);
    expect(await late()).toMatchObject({ kind: 'done', replayed: true });
    expect(effects).toHaveLength(1);
  });

  it('whose first attempt comes after the approval ran out, or after its lease, has no effect', async () => {
    const { gate, effects } = fakeGate();
    expect(await activity(gate, approved, evidence, proposal.expiresAtMs)()).toMatchObject({ kind: 'refused' });
    const lost = { ...leased, leases: [] };
    expect(await activity(gate, approved, evidence, 3_000, lost)()).toMatchObject({ kind: 'refused' });
    expect(effects).toEqual([]);
  });

  it('has no effect when the server scheduled it after the expiry, however far back the clock of the machine is', async () => {
    const { gate, effects } = fakeGate();
    const late = { currentAttemptScheduledTimestampMs: proposal.expiresAtMs };
    expect(await activity(gate)({}, late)).toMatchObject({ kind: 'refused', reason: expect.stringMatching(/expired/) });
    expect(effects).toEqual([]);
  });

  it('whose end nobody knows is unknown, and is not run again', async () => {
    const { gate, effects } = fakeGate('crash');
    const run = activity(gate);
    expect(await run()).toEqual({ kind: 'unknown', reason: 'begun and its end is not recorded' });
    expect(await run()).toMatchObject({ kind: 'unknown' });
    expect(effects).toHaveLength(1);
  });

  it('whose end is recorded by the time one looks again is done', async () => {
    const { gate, journal } = fakeGate('crash');
    const late: GateClient = {
      apply: (node, request) => gate.apply(node, request),
      look: async (node, token) => {
        journal.set(token, { outcome: 'done', exitCode: 0, replayed: true, output: 'late' });
        return gate.look(node, token);
      },
    };
    expect(await activity(late)()).toMatchObject({ kind: 'done', exitCode: 0 });
  });

  it('that the gate refuses is refused', async () => {
    const { gate, effects } = fakeGate('refuse');
    expect(await activity(gate)()).toEqual({ kind: 'refused', reason: 'the gate refused: the fence is lower' });
    expect(effects).toEqual([]);
  });
});

describe('a step that may not run', () => {
  it.each([
    ['is not approved', [approved[0]!], {}, /not authorised: .* not approved/],
    ['is not in the plan', approved, { step: { ...steps[0]!, args: ['0'] } }, /not authorised/],
  ] as const)('is refused before the gate hears of it when it %s', async (_name, facts, change, reason) => {
    const { gate, effects, fences } = fakeGate();
    expect(await activity(gate, facts)(change)).toMatchObject({
      kind: 'refused',
      reason: expect.stringMatching(reason) as unknown,
    });
    expect([...effects, ...fences]).toEqual([]);
  });

  it('is refused when the plan shows another command than the gate would run', async () => {
    const lie = aProposal({
      steps: [{ ...steps[0]!, rendered: 'nvidia-smi -q' }],
      undo,
      blastRadius: body.blastRadius,
    });
    const dishonest = { ...lie, digest: proposalDigest(lie) };
    const facts: readonly HistoryFact[] = [
      { kind: 'proposed', proposal: dishonest, atMs: 1 },
      {
        kind: 'decided',
        decision: 'approve',
        payload: { decisionId: 'd', proposal: 1, digest: dishonest.digest, approver: 'kim' },
        principal: null,
        atMs: 2,
      },
    ];
    const { gate, effects } = fakeGate();
    expect(await activity(gate, facts)({ proposal: dishonest, step: dishonest.steps[0]! })).toMatchObject({
      kind: 'refused',
    });
    expect(effects).toEqual([]);
  });
});

describe('undo', () => {
  it('runs under its own token, after the approval has expired too', async () => {
    const { gate, effects } = fakeGate();
    expect(await activity(gate)()).toMatchObject({ kind: 'done' });
    const outcome = await activity(gate, approved, evidence, 99_999_999)({ direction: 'undo', step: undo[0]! });
    expect(outcome).toMatchObject({ kind: 'done', replayed: false });
    expect(effects).toEqual(['node-02 gpu-clocks-reset 1', 'node-02 gpu-clocks-lock 1 210 210']);
  });
});

it('undo of a plan of which no step was begun on the node changes nothing', async () => {
  const { gate, effects } = fakeGate();
  expect(await activity(gate)({ direction: 'undo', step: undo[0]! })).toMatchObject({
    kind: 'refused',
    nothingBegun: true,
  });
  expect(effects).toEqual([]);
});

describe('undo of a plan with several steps', () => {
  const drain = {
    index: 1,
    stepId: 'node-drain',
    node: 'node-02',
    args: ['node-02'],
    rendered: 'scontrol update NodeName=node-02 State=DRAIN Reason=wardround',
  };
  const requeue = {
    index: 2,
    stepId: 'job-requeue',
    node: 'node-02',
    args: ['4242'],
    rendered: 'scontrol requeue 4242',
  };
  const resume = {
    index: 1,
    stepId: 'node-resume',
    node: 'node-02',
    args: ['node-02'],
    rendered: 'scontrol update NodeName=node-02 State=RESUME',
    undoes: 1,
  };
  const release = {
    index: 2,
    stepId: 'job-release',
    node: 'node-02',
    args: ['4242'],
    rendered: 'scontrol release 4242',
    undoes: 2,
  };
  const unknown = { ...release, index: 3, undoes: 9 };
  const several = aProposal({
    steps: [drain, requeue],
    undo: [resume, release, unknown],
    blastRadius: body.blastRadius,
  });
  const plan = { ...several, digest: proposalDigest(several) };
  const facts: readonly HistoryFact[] = [
    { kind: 'proposed', proposal: plan, atMs: 1_000 },
    {
      kind: 'decided',
      decision: 'approve',
      payload: { decisionId: 'd', proposal: 1, digest: plan.digest, approver: 'kim' },
      principal: null,
      atMs: 2_000,
    },
  ];

  it('takes back the steps that were begun, and of the others nothing', async () => {
    const { gate, effects } = fakeGate();
    const run = activity(gate, facts);
    expect(await run({ proposal: plan, step: drain })).toMatchObject({ kind: 'done' });
    const undone = (step: (typeof plan.undo)[number]) => run({ proposal: plan, step, direction: 'undo' });
    expect(await undone(release)).toMatchObject({ kind: 'refused', nothingBegun: true });
    expect(await undone(unknown)).toMatchObject({ kind: 'refused', nothingBegun: true });
    expect(await undone(resume)).toMatchObject({ kind: 'done' });
    expect(effects).toEqual(['node-02 node-drain node-02', 'node-02 node-resume node-02']);
  });

  it('takes back a step whose end nobody knows', async () => {
    const { gate } = fakeGate('crash');
    const run = activity(gate, facts);
    expect(await run({ proposal: plan, step: drain })).toMatchObject({ kind: 'unknown' });
    expect(await run({ proposal: plan, step: resume, direction: 'undo' })).toMatchObject({ kind: 'unknown' });
    expect(await run({ proposal: plan, step: release, direction: 'undo' })).toMatchObject({ nothingBegun: true });
  });
});

describe('a step that a dead node cannot do', () => {
  const cycle: Step = {
    index: 1,
    stepId: 'node-power-cycle',
    node: 'node-02',
    args: ['node-02'],
    rendered: `${gateSteps.nodePowerCycle.render(['node-02'])}`,
    on: 'management',
  };
  const resume: Step = {
    index: 1,
    stepId: 'node-resume',
    node: 'node-02',
    args: ['node-02'],
    rendered: gateSteps.nodeResume.render(['node-02']),
    undoes: 1,
    on: 'management',
  };
  const managed = smallInventory();
  const [first] = managed.nodes;
  if (first === undefined) throw new Error('the inventory has nodes');
  const withManagement = { ...managed, management: { name: 'mgmt-01', ssh: { ...first.ssh, host: '127.0.1.9' } } };
  const run = (gate: GateClient, forward: Step, inventory = withManagement) => {
    const made = aProposal({ steps: [forward], undo: [resume], blastRadius: body.blastRadius });
    const plan = { ...made, digest: proposalDigest(made) };
    const decided = {
      kind: 'decided',
      decision: 'approve',
      payload: { decisionId: 'd', proposal: 1, digest: plan.digest, approver: 'kim' },
      principal: null,
      atMs: 2_000,
    } as const;
    const facts: readonly HistoryFact[] = [{ kind: 'proposed', proposal: plan, atMs: 1_000 }, decided];
    const go = activity(gate, facts, evidence, 3_000, leased, inventory);
    return (change: Partial<ApplyStepInput> = {}) => go({ proposal: plan, step: forward, ...change });
  };

  it('goes to the gate of the management host, about its node, and so does its undo', async () => {
    const { gate, effects } = fakeGate();
    const go = run(gate, cycle);
    expect(await go()).toMatchObject({ kind: 'done' });
    expect(await go({ direction: 'undo', step: resume })).toMatchObject({ kind: 'done' });
    expect(effects).toEqual([
      'mgmt-01 about node-02 node-power-cycle node-02',
      'mgmt-01 about node-02 node-resume node-02',
    ]);
  });

  it('is refused where the inventory names no management host', async () => {
    const { gate, effects } = fakeGate();
    expect(await run(gate, cycle, managed as typeof withManagement)()).toMatchObject({
      kind: 'refused',
      reason: 'the inventory names no management host',
    });
    expect(effects).toEqual([]);
  });

  it.each<[string, Step]>([
    ['is sent to the node itself', (({ on: _elsewhere, ...rest }) => rest)(cycle)],
    [
      'is one of the node itself',
      { ...cycle, stepId: 'gpu-clocks-reset', args: ['1'], rendered: 'nvidia-smi -i 1 -rgc' },
    ],
  ])('is refused before any gate hears of it where it %s', async (_what, step) => {
    const { gate, effects, fences } = fakeGate();
    expect(await run(gate, step)()).toMatchObject({ kind: 'refused', reason: expect.stringMatching(/^no declared/) });
    expect([...effects, ...fences]).toEqual([]);
  });
});

describe('the token of a step', () => {
  it('is the same on every attempt and another for every other step, direction, plan and run', () => {
    const others = [
      input({ direction: 'undo', step: undo[0]! }),
      input({ step: { ...steps[0]!, index: 2 } }),
      input({ proposal: { ...proposal, digest: 'f'.repeat(64) } }),
      input({ key: { ...key, runId: 'run-2' } }),
    ].map(stepToken);
    expect(stepToken(input())).toBe(stepToken(input({ fencing: { epochMs: 9, counter: 9 } })));
    expect(stepToken(input())).toMatch(/^[0-9a-f]{32}$/);
    expect(new Set([...others, stepToken(input())]).size).toBe(5);
  });
});
