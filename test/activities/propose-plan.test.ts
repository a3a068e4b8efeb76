import { describe, expect, it } from 'vitest';
import { putJson } from '../../activities/json-evidence.ts';
import { createProposePlan } from '../../activities/propose-plan.ts';
import { proposalDigest } from '../../activities/proposal-digest.ts';
import type { Finding, RankedCause, Verdict } from '../../workflows/domain/finding.ts';
import type { ProposeInput, ProposeResult } from '../../workflows/domain/phase-data.ts';
import { isProposal, type Proposal } from '../../workflows/domain/proposal.ts';
import { memoryEvidence } from '../support/memory-stores.ts';
import { smallInventory } from '../support/small-inventory.ts';
import { runActivity } from './run-activity.ts';

const device = { kind: 'gpu', index: 1, name: '00000000:08:00.0' } as const;
const locked: Finding = {
  id: 'f_locked',
  kind: 'gpu.clock.locked-low',
  role: 'cause',
  node: 'node-02',
  device,
  count: 1,
  range: { evidenceId: 'ev_probe', source: 'probe gpu.clocks on node-02', line: 2 },
  text: 'SM clock 210 MHz of 1410 MHz under load',
  values: { smMhz: 210, smMaxMhz: 1410 },
};
const cause: RankedCause = {
  category: 'gpu-clock-throttle',
  node: 'node-02',
  device,
  probability: 0.96,
  because: [{ text: 'locked', findingIds: ['f_locked'], ranges: [locked.range] }],
};
const attributedTo = (changes: Partial<RankedCause>): Verdict => ({
  kind: 'attributed',
  causes: [{ ...cause, ...changes }],
  disputed: false,
});
const attributed = attributedTo({});

async function propose(
  changes: Partial<ProposeInput> = {},
  rate = 1,
  attempt = 1,
  seen: readonly Finding[] = [locked],
): Promise<ProposeResult> {
  const evidence = memoryEvidence();
  const logs = await putJson(evidence, 'findings', 'site-a', []);
  const probed = await putJson(evidence, 'findings', 'site-a', seen);
  const inventory = smallInventory({ clock: { wallEpochMs: 0, clusterEpochMs: 0, rate } });
  const activity = createProposePlan({ evidence, inventories: new Map([['site-a', inventory]]) });
  return runActivity(
    activity,
    {
      key: { cluster: 'site-a', workflowId: 'incident/site-a/1', runId: 'run' },
      verdict: attributed,
      findings: [logs, probed],
      number: 1,
      createdAtMs: 1_000_000,
      approvalMs: 60_000,
      ...changes,
    },
    attempt,
  );
}

function proposalIn(result: ProposeResult): Proposal {
  if (result.kind === 'none') throw new Error(result.reason);
  return result.proposal;
}

describe('proposePlan', () => {
  it('proposes the repair of the cause, on exactly that GPU', async () => {
    const proposal = proposalIn(await propose());
    expect(isProposal(proposal)).toBe(true);
    expect(proposal).toMatchObject({
      cause: { category: 'gpu-clock-throttle', node: 'node-02', device: { index: 1 } },
      blastRadius: { nodes: ['node-02'] },
      createdAtMs: 1_000_000,
      expiresAtMs: 1_060_000,
      fleetNodes: 2,
    });
    expect(proposal.steps.every(({ node }) => node === 'node-02')).toBe(true);
    expect(proposal.undo.length).toBeGreaterThan(0);
  });

  it('has a digest that anybody can compute again, and the same one on every attempt', async () => {
    const first = proposalIn(await propose());
    const second = proposalIn(await propose({}, 1, 3));
    expect(first.digest).toMatch(/^[0-9a-f]{64}$/);
    expect(second.digest).toBe(first.digest);
    expect(proposalDigest(JSON.parse(JSON.stringify(first)) as Proposal)).toBe(first.digest); // as it comes out of a history
  });

  it.each<[string, (proposal: Proposal) => Proposal]>([
    ['a step', (p) => ({ ...p, steps: p.steps.map((step) => ({ ...step, node: 'node-01' })) })],
    ['the undo', (p) => ({ ...p, undo: [] })],
    ['the expiry', (p) => ({ ...p, expiresAtMs: p.expiresAtMs + 1 })],
    ['the evidence', (p) => ({ ...p, evidenceSha256: [] })],
    ['the number', (p) => ({ ...p, number: 2 })],
  ])('has another digest when %s is changed', async (_what, change) => {
    const proposal = proposalIn(await propose());
    expect(proposalDigest(change(proposal))).not.toBe(proposal.digest);
  });

  it('carries what a drain takes out and hands over, under the digest', async () => {
    const failure: Finding = { ...locked, id: 'f_remap', kind: 'gpu.row-remap.failure', values: {} };
    const verdict = attributedTo({ category: 'gpu-ecc-uncorrectable', because: [] });
    const proposal = proposalIn(await propose({ verdict }, 1, 1, [failure]));
    expect(proposal).toMatchObject({
      takesOut: { nodes: ['node-02'], gpus: 2 },
      handOver: { task: expect.stringMatching(/^replace GPU 1 .* of node-02/) as unknown },
      undo: [{ stepId: 'node-resume', undoes: 1 }],
    });
    for (const changed of [
      { ...proposal, takesOut: { nodes: ['node-02'], gpus: 0 } },
      { ...proposal, handOver: { task: 'nothing', verifyProbes: [] } },
      { ...proposal, undo: proposal.undo.map(({ undoes: _none, ...step }) => step) },
    ])
      expect(proposalDigest(changed)).not.toBe(proposal.digest);
  });

  it('rests on the evidence that its claims cite', async () => {
    expect(proposalIn(await propose()).evidenceSha256).toHaveLength(1);
  });

  it('settles in wall time, for a second at least', async () => {
    const slow = proposalIn(await propose({}, 1));
    const fast = proposalIn(await propose({}, 1_000_000));
    const half = proposalIn(await propose({}, 2));
    expect(half.settleMs).toBe(Math.ceil(slow.settleMs / 2));
    expect(fast.settleMs).toBe(1_000);
  });

  it.each<[string, Verdict]>([
    ['not proven', { kind: 'not-proven', candidates: [cause], reason: 'open' }],
    ['of a cause that no repair is known for', attributedTo({ category: 'nccl-bug' })],
    ['of a GPU that no probe has seen locked', attributedTo({ device: { kind: 'gpu', index: 0 } })],
  ])('proposes nothing on a verdict %s, and says why', async (_what, verdict) => {
    const result = await propose({ verdict });
    expect(result.kind === 'none' && result.reason.length > 10).toBe(true);
  });

  it('takes the second cause where people have to mend the first', async () => {
    const causes = [{ ...cause, category: 'rdma-link-fault' as const }, cause];
    const verdict: Verdict = { kind: 'attributed', causes, disputed: false };
    expect(proposalIn(await propose({ verdict })).cause.category).toBe('gpu-clock-throttle');
  });
});
