import { ApplicationFailure, cancellationSignal } from '@temporalio/activity';
import type { LearnInput, LearnResult } from '../workflows/domain/phase-data.ts';
import { compareSeverity } from '../workflows/domain/severity.ts';
import type { Inventory } from '../kb/schemas/inventory.ts';
import { candidateRecord } from '../kb/records/candidate.ts';
import type { FindingKind } from '../kb/schemas/finding-kind.ts';
import { inventoryOf } from './inventory-of.ts';
import { putJson } from './json-evidence.ts';
import { rethrow } from './port-failure.ts';
import type { EvidenceStore } from './ports.ts';
import { gpusOf, readFindings } from './read-findings.ts';

/** Only a verified repair teaches: a candidate record for people to review, without a node's or a device's name. */
export function createLearnFromRepair(ports: {
  readonly evidence: EvidenceStore;
  readonly inventories: ReadonlyMap<string, Inventory>;
  readonly kinds: ReadonlyMap<string, FindingKind>;
}) {
  return async function learnFromRepair(input: LearnInput): Promise<LearnResult> {
    try {
      const compared = compareSeverity(input.before, input.after);
      if (compared !== 'better' || input.after.failingProbes > 0)
        throw ApplicationFailure.nonRetryable(
          `the repair of ${input.key.workflowId} is not verified (severity ${compared}, ${input.after.failingProbes} probes not clean), so it teaches nothing`,
          'Refused',
        );
      const signal = cancellationSignal();
      const inventory = inventoryOf(ports.inventories, input.key.cluster);
      const findings = await readFindings(ports.evidence, input.findings, gpusOf(inventory), signal);
      const cause =
        input.verdict.kind === 'attributed'
          ? input.verdict.causes.find(({ category }) => category === input.proposal.cause.category)
          : undefined;
      const record = candidateRecord({
        runId: input.key.runId,
        category: input.proposal.cause.category,
        remediationId: input.proposal.remediationId,
        verifyProbes: input.proposal.verifyProbes.map(({ probeId }) => probeId),
        evidence: findings.filter(
          ({ id }) => cause?.because.some(({ findingIds }) => findingIds.includes(id)) ?? false,
        ),
        slowdownBefore: input.before.slowdownRatio,
        slowdownAfter: input.after.slowdownRatio,
        kinds: ports.kinds,
      });
      const provenance = {
        record,
        learnedFrom: { ...input.key, proposal: input.proposal.number, digest: input.proposal.digest },
      };
      return {
        candidate: await putJson(ports.evidence, 'record-candidate', input.key.cluster, provenance, signal),
        problemkey: record.problemkey,
      };
    } catch (error) {
      return rethrow(error);
    }
  };
}
