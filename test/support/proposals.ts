import type { ProposeInput, ProposeResult } from '../../workflows/domain/phase-data.ts';
import type { Proposal } from '../../workflows/domain/proposal.ts';

export const digestOf = (character: string) => character.repeat(64);

/** A one-step plan on node-07 GPU 3, as `proposePlan` would return it. */
export function aProposal(overrides: Partial<Proposal> = {}): Proposal {
  return {
    number: 1,
    cluster: 'site-a',
    incident: { workflowId: 'incident/site-a/0011223344556677', runId: 'run-1' },
    remediationId: 'gpu.clocks.unlock',
    cause: { category: 'gpu-clock-throttle', node: 'node-07', device: { kind: 'gpu', index: 3 } },
    summary: 'Reset the locked clocks of GPU 3 on node-07',
    steps: [{ index: 1, stepId: 'gpu-clocks-reset', node: 'node-07', args: ['3'], rendered: 'nvidia-smi -i 3 -rgc' }],
    undo: [
      {
        index: 1,
        stepId: 'gpu-clocks-lock',
        node: 'node-07',
        args: ['3', '210', '210'],
        rendered: 'nvidia-smi -i 3 -lgc 210,210',
      },
    ],
    reversibility: 'reversible',
    blastRadius: {
      nodes: ['node-07'],
      devices: [{ kind: 'gpu', index: 3 }],
      interruptsJob: false,
      text: 'one GPU of node-07',
    },
    cost: { expectedMs: 2_000, text: 'seconds' },
    verifyProbes: [{ probeId: 'gpu.clocks', nodes: ['node-07'] }],
    settleMs: 10,
    approvalsNeeded: 1,
    fleetNodes: 10,
    evidenceSha256: [digestOf('e')],
    createdAtMs: 1_000,
    expiresAtMs: 61_000,
    digest: digestOf('d'),
    ...overrides,
  };
}

/** `proposePlan` of a script: the plan of the run and the number that ask. */
export function proposing(change: Partial<Proposal> = {}) {
  return (input: ProposeInput): ProposeResult => ({
    kind: 'proposal',
    proposal: aProposal({
      number: input.number,
      incident: { workflowId: input.key.workflowId, runId: input.key.runId },
      createdAtMs: input.createdAtMs,
      expiresAtMs: input.createdAtMs + input.approvalMs,
      ...change,
    }),
  });
}
