import { describe, expect, it } from 'vitest';
import { stepToken } from '../../activities/apply-step.ts';
import { PortError } from '../../activities/ports.ts';
import { proposalDigest } from '../../activities/proposal-digest.ts';
import { createInspectRepair, type RepairRun } from '../../activities/recover-inspect.ts';
import type { GateReply } from '../../kb/schemas/gate.ts';
import type { Step } from '../../workflows/domain/proposal.ts';
import { aProposal } from '../support/proposals.ts';
import { smallInventory } from '../support/small-inventory.ts';
import { runActivity } from './run-activity.ts';

const step = (index: number, node: string): Step => ({
  index,
  stepId: 'gpu-clocks-reset',
  node,
  args: ['1'],
  rendered: 'nvidia-smi -i 1 -rgc',
});
const body = aProposal({
  steps: [step(1, 'node-01'), step(2, 'node-02'), step(3, 'node-99')],
  undo: [step(1, 'node-01'), step(2, 'node-02')],
});
const proposal = { ...body, digest: proposalDigest(body) };
const key = { cluster: 'site-a', ...proposal.incident };
const done: GateReply = { outcome: 'done', exitCode: 0, replayed: true, output: '' };

/** Fences raised by the latest inspection. */
let raised: string[] = [];

function inspect(
  run: Partial<RepairRun> | null,
  replies: Readonly<Record<string, GateReply | PortError>> = {},
  unplugged = '',
  plan = proposal,
  inventory = smallInventory(),
) {
  const whole = {
    status: 'TERMINATED',
    input: { key, proposal: plan },
    result: undefined,
    acted: true,
    gaveBack: false,
  };
  raised = [];
  const activity = createInspectRepair({
    repairs: { latestRepairRun: async () => (run === null ? null : { ...whole, ...run }) },
    gate: {
      async look(_node, token) {
        const reply = replies[token] ?? { outcome: 'none' };
        if (reply instanceof PortError) throw reply;
        return reply;
      },
      async raiseFence({ name, about }, fence) {
        raised.push(`${name}${about === undefined ? '' : ` about ${about}`} ${fence}`);
        if (name === unplugged) throw new PortError('unreachable', `${name} does not answer`);
        return { outcome: 'none' };
      },
    },
    inventories: new Map([['site-a', inventory]]),
  });
  const held = { nodes: ['node-01', 'node-02'], fencing: { epochMs: 1_000, counter: 8 } };
  return runActivity(activity, { cluster: 'site-a', workflowId: 'repair/run-1/1', ...held });
}

const token = (direction: 'forward' | 'undo', at: number) =>
  stepToken({
    key,
    proposal,
    direction,
    step: proposal[direction === 'forward' ? 'steps' : 'undo'][at] ?? step(9, ''),
  });

describe('what a vanished repair left', () => {
  it('is read behind a fence that shuts its owner out, and counts as unreachable where that was not possible', async () => {
    const found = await inspect({}, { [token('forward', 0)]: done, [token('forward', 1)]: done }, 'node-02');
    expect(raised).toEqual(['node-01 1000.8', 'node-02 1000.8']);
    expect(found).toMatchObject({
      forward: [
        { node: 'node-01', seen: 'done' },
        { node: 'node-02', seen: 'unreachable' },
        { node: 'node-99', seen: 'unreachable' },
      ],
    });
  });

  it('at the management host is shut there too, and read though the node itself is dead', async () => {
    const inventory = smallInventory();
    const ssh = inventory.nodes[0]?.ssh;
    if (ssh === undefined) throw new Error('the inventory has nodes');
    const managed = { ...inventory, management: { name: 'mgmt-01', ssh } };
    const cycle: Step = { ...step(1, 'node-02'), stepId: 'node-power-cycle', args: ['node-02'], on: 'management' };
    const made = aProposal({ steps: [cycle, step(2, 'node-02')], undo: [] });
    const plan = { ...made, digest: proposalDigest(made) };
    const begun = stepToken({ key: { ...key, ...plan.incident }, proposal: plan, direction: 'forward', step: cycle });
    const found = await inspect({}, { [begun]: done }, 'node-02', plan, managed);
    expect(raised).toEqual(['node-01 1000.8', 'node-02 1000.8', 'mgmt-01 about node-02 1000.8']);
    expect(found).toMatchObject({
      forward: [
        { node: 'node-02', seen: 'done' },
        { node: 'node-02', seen: 'unreachable' },
      ],
    });
  });

  it('of a repair that still runs is not asked for, and nobody is shut out', async () => {
    expect(await inspect({ status: 'RUNNING' })).toEqual({ kind: 'running' });
    expect(raised).toEqual([]);
  });

  it('is what the journals say of each step and each undo', async () => {
    const found = await inspect(
      {},
      {
        [token('forward', 0)]: done,
        [token('forward', 1)]: { outcome: 'unknown', reason: 'begun' },
        [token('undo', 0)]: { ...done, exitCode: 1 },
        [token('undo', 1)]: new PortError('unreachable', 'node-02 does not answer'),
      },
    );
    expect(found).toMatchObject({ kind: 'ended', how: 'terminated', concluded: false, key });
    if (found.kind !== 'ended') throw new Error('it ended');
    // A node that is in no inventory can not be asked.
    expect(found.forward.map(({ seen }) => seen)).toEqual(['done', 'unknown', 'unreachable']);
    expect(found.undo.map(({ seen }) => seen)).toEqual(['failed', 'unreachable']);
  });

  it.each<[string, Partial<RepairRun>, boolean]>([
    ['was judged', { status: 'COMPLETED', result: { outcome: { kind: 'compared' } } }, true],
    ['took itself back', { status: 'COMPLETED', result: { outcome: { kind: 'undone' } } }, true],
    ['was giving its lease back', { gaveBack: true }, true],
    [
      'was stopped, for an earlier run may have begun',
      { status: 'COMPLETED', result: { outcome: { kind: 'stopped' } } },
      false,
    ],
    ['gave its lease back without having acted', { gaveBack: true, acted: false }, false],
    ['timed out', { status: 'TIMED_OUT' }, false],
    ['was cancelled hard', { status: 'CANCELLED' }, false],
  ])('of one that %s', async (_name, run, concluded) => {
    expect(await inspect(run)).toMatchObject({ kind: 'ended', concluded });
  });

  it('is unknown when the history is gone or holds another plan than it says', async () => {
    expect(await inspect(null)).toMatchObject({ kind: 'gone' });
    expect(await inspect({ input: { key, proposal: { ...proposal, settleMs: 1 } } })).toMatchObject({ kind: 'gone' });
    expect(await inspect({ input: 'nonsense' })).toMatchObject({ kind: 'gone' });
    expect(await inspect({ input: { key: { ...key, cluster: 'site-b' }, proposal } })).toMatchObject({ kind: 'gone' });
  });

  it('is its own business while it runs', async () => {
    expect(await inspect({ status: 'RUNNING' })).toEqual({ kind: 'running' });
  });
});
