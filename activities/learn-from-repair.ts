import { activityInfo, ApplicationFailure, cancellationSignal } from '@temporalio/activity';
import type { LearnInput, LearnResult } from '../workflows/domain/closing-data.ts';
import { compareSeverity } from '../workflows/domain/severity.ts';
import type { Inventory } from '../kb/schemas/inventory.ts';
import { candidateRecord } from '../kb/knowledge/candidate.ts';
import { ownNames, privatePlaces } from '../kb/knowledge/own-names.ts';
import type { FindingKind } from '../kb/schemas/finding-kind.ts';
import type { KnowledgeRecord } from '../kb/schemas/record.ts';
import { inventoryOf } from './inventory-of.ts';
import { putJson } from './json-evidence.ts';
import { learnedEvents } from './learned-events.ts';
import { rethrow } from './port-failure.ts';
import type { EvidenceStore, SiteKnowledge } from './ports.ts';
import { gpusOf, readFindings } from './read-findings.ts';

/**
 * Only a verified repair teaches: a candidate record for people to review, without a node's or a device's name, and
 * whether what had been recalled was right. Without `site` the candidate becomes evidence and nothing else: so a replay
 * derives it again.
 */
export function createLearnFromRepair(ports: {
  readonly evidence: EvidenceStore;
  readonly inventories: ReadonlyMap<string, Inventory>;
  readonly kinds: ReadonlyMap<string, FindingKind>;
  readonly site?: { readonly knowledge: SiteKnowledge; readonly shipped: readonly KnowledgeRecord[] };
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
      const record = await candidateOf(input, inventory, signal);
      const provenance = {
        record,
        learnedFrom: { ...input.key, proposal: input.proposal.number, digest: input.proposal.digest },
      };
      const candidate = await putJson(ports.evidence, 'record-candidate', input.key.cluster, provenance, signal);
      if (ports.site !== undefined) {
        const { knowledge, shipped } = ports.site;
        const { events } = await knowledge.events(signal);
        // The same on every attempt, so that a repeat writes nothing new.
        const atMs = activityInfo().scheduledTimestampMs;
        for (const event of learnedEvents(input, { record, candidate, shipped, events, atMs }))
          await knowledge.append(event, signal);
      }
      return { candidate, problemkey: record.id };
    } catch (error) {
      return rethrow(error);
    }
  };

  async function candidateOf(input: LearnInput, inventory: Inventory, signal: AbortSignal) {
    const { proposal, verdict, before, after, key } = input;
    const findings = await readFindings(ports.evidence, input.findings, gpusOf(inventory), signal);
    const cause =
      verdict.kind === 'attributed'
        ? verdict.causes.find(({ category }) => category === proposal.cause.category)
        : undefined;
    const record = candidateRecord({
      runId: key.runId,
      category: proposal.cause.category,
      remediationId: proposal.remediationId,
      byPeople: proposal.handOver !== undefined,
      verifyProbes: (proposal.handOver ?? proposal).verifyProbes.map(({ probeId }) => probeId),
      evidence: findings.filter(({ id }) => cause?.because.some(({ findingIds }) => findingIds.includes(id)) ?? false),
      slowdownBefore: before.slowdownRatio,
      slowdownAfter: after.slowdownRatio,
      kinds: ports.kinds,
    });
    const [place] = privatePlaces(record, ownNames(inventory));
    if (place !== undefined)
      throw ApplicationFailure.nonRetryable(
        `the record of ${key.workflowId} would hold ${place.found} in ${place.field}, so nothing is learned from it`,
        'Refused',
      );
    return record;
  }
}
