import { cancellationSignal } from '@temporalio/activity';
import type { EvidenceRef } from '../workflows/domain/evidence.ts';
import type { RankedCause } from '../workflows/domain/finding.ts';
import type { ProposeInput, ProposeResult } from '../workflows/domain/phase-data.ts';
import type { ProposalBody } from '../workflows/domain/proposal.ts';
import { planRepairs, type RepairPlan } from '../kb/remediations/plan-repair.ts';
import { wallDuration, type Inventory } from '../kb/schemas/inventory.ts';
import { findingsSchema } from './evidence-shapes.ts';
import { inventoryOf } from './inventory-of.ts';
import { getJson } from './json-evidence.ts';
import { rethrow } from './port-failure.ts';
import type { EvidenceStore } from './ports.ts';
import { proposalDigest } from './proposal-digest.ts';
import { gpusOf, readFindings } from './read-findings.ts';

// Where cluster time runs fast, a settled state still needs a moment of real time to be read.
const settleMsMin = 1_000;

/**
 * The weakest plan that does for the causes, ready for approval. The same input gives the same digest, so a retry
 * proposes nothing new.
 */
export function createProposePlan(ports: {
  readonly evidence: EvidenceStore;
  readonly inventories: ReadonlyMap<string, Inventory>;
}) {
  return async function proposePlan(input: ProposeInput): Promise<ProposeResult> {
    try {
      if (input.verdict.kind !== 'attributed')
        return { kind: 'none', reason: 'no cause was attributed, so there is nothing to repair' };
      const signal = cancellationSignal();
      const inventory = inventoryOf(ports.inventories, input.key.cluster);
      const findings = await readFindings(ports.evidence, input.findings, gpusOf(inventory), signal);
      const planned = planRepairs(input.verdict.causes, findings, inventory, input.tried);
      if (planned.kind === 'none') return { kind: 'none', reason: `handed over to people: ${planned.reason}` };
      const evidence = await hashesBehind(ports.evidence, planned.cause, input.findings, signal);
      const body = proposalBody(input, planned, inventory, evidence);
      return { kind: 'proposal', proposal: { ...body, digest: proposalDigest(body) } };
    } catch (error) {
      return rethrow(error);
    }
  };
}

type Planned = Extract<RepairPlan, { kind: 'plan' }>;

/** The evidence that holds a finding which the cause's claims cite; with none to be found, all that was read. */
async function hashesBehind(
  store: EvidenceStore,
  cause: RankedCause,
  refs: readonly EvidenceRef[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const cited = new Set(cause.because.flatMap(({ findingIds }) => findingIds));
  const behind: string[] = [];
  for (const ref of refs) {
    const findings = await getJson(store, ref, findingsSchema, signal);
    if (findings.some(({ id }) => cited.has(id))) behind.push(ref.sha256);
  }
  return [...new Set(behind.length > 0 ? behind : refs.map(({ sha256 }) => sha256))].toSorted();
}

function proposalBody(
  { key, number, createdAtMs, approvalMs }: ProposeInput,
  { cause, remediation, draft }: Planned,
  inventory: Inventory,
  evidenceSha256: readonly string[],
): ProposalBody {
  return {
    number,
    cluster: key.cluster,
    fleetNodes: inventory.nodes.length,
    incident: { workflowId: key.workflowId, runId: key.runId },
    remediationId: remediation.id,
    cause: {
      category: cause.category,
      node: cause.node,
      ...(cause.device === undefined ? {} : { device: cause.device }),
    },
    summary: draft.summary,
    steps: draft.steps,
    undo: draft.undo,
    reversibility: remediation.reversibility,
    blastRadius: draft.blastRadius,
    cost: draft.cost,
    verifyProbes: draft.verifyProbes,
    ...(draft.takesOut === undefined ? {} : { takesOut: draft.takesOut }),
    ...(draft.handOver === undefined ? {} : { handOver: draft.handOver }),
    settleMs: Math.max(settleMsMin, Math.ceil(wallDuration(inventory.clock, draft.settleClusterMs))),
    approvalsNeeded: remediation.approvalsNeeded,
    evidenceSha256,
    createdAtMs,
    expiresAtMs: createdAtMs + approvalMs,
  };
}
