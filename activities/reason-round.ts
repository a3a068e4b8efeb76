import { cancellationSignal } from '@temporalio/activity';
import type { EvidenceRef } from '../workflows/domain/evidence.ts';
import type { RoundInput, RoundResult } from '../workflows/domain/phase-data.ts';
import type { Inventory } from '../kb/schemas/inventory.ts';
import { graphSchema, type Graph } from '../kb/reasoning/graph.ts';
import { canAsk } from '../kb/probes/can-ask.ts';
import { probeById } from '../kb/probes/index.ts';
import { knowledgeSnapshot } from '../kb/reasoning/knowledge-snapshot.ts';
import type { Knowledge } from '../kb/reasoning/knowledge.ts';
import { reason } from '../kb/reasoning/rounds.ts';
import { recalledWeights } from '../kb/retrieval/recalled-weights.ts';
import { performanceSchema } from './evidence-shapes.ts';
import { getJson, jsonDigest, putJson } from './json-evidence.ts';
import { rethrow } from './port-failure.ts';
import type { EvidenceStore } from './ports.ts';
import { recallDocumentSchema } from './recall-document.ts';
import { gpusOf, readFindings } from './read-findings.ts';

/** One round of the `rules` reasoner over the evidence gathered so far. */
export function createReasonRound(ports: {
  readonly evidence: EvidenceStore;
  readonly inventories: ReadonlyMap<string, Inventory>;
  readonly knowledge: Knowledge;
}) {
  const knowledgeDigest = jsonDigest(knowledgeSnapshot(ports.knowledge));
  return async function reasonRound(input: RoundInput): Promise<RoundResult> {
    try {
      const read = await readEvidence(ports.evidence, input);
      const { fromMs, alertAtMs, job } = input.plan;
      const inventory = ports.inventories.get(input.key.cluster);
      const { graph, hypotheses, verdict, wantedProbes, summary } = reason(
        {
          round: input.round,
          ...read,
          nodes: input.plan.nodes,
          gpus: gpusOf(inventory, input.plan.nodes),
          ranks: inventory?.jobs.find(({ name }) => name === job)?.ranks ?? [],
          window: { fromMs, alertAtMs },
          ...(inventory === undefined ? {} : { canAsk: canAsk(inventory, probeById) }),
          firstProbes: input.plan.firstProbes,
          probesRun: input.probesRun,
          ...(input.compares === true ? { speed: { compared: input.performance !== null } } : {}),
        },
        ports.knowledge,
      );
      const graphRef = await putJson(ports.evidence, 'graph', input.key.cluster, graph, cancellationSignal());
      return { graphRef, digest: jsonDigest(graph), knowledgeDigest, hypotheses, verdict, wantedProbes, summary };
    } catch (error) {
      return rethrow(error);
    }
  };
}

async function readEvidence(
  store: EvidenceStore,
  input: RoundInput,
): Promise<Pick<Parameters<typeof reason>[0], 'findings' | 'recalled' | 'previousGraph' | 'evidence'>> {
  const signal = cancellationSignal();
  const performance =
    input.performance === null ? null : await getJson(store, input.performance, performanceSchema, signal);
  const recall = input.recall === null ? null : await getJson(store, input.recall, recallDocumentSchema, signal);
  const previousGraph: Graph | null =
    input.previousGraph === null ? null : await getJson(store, input.previousGraph, graphSchema, signal);
  const scanned = await readFindings(store, input.findings, [], signal);
  const whole = [...input.findings, input.performance, input.recall].filter((ref): ref is EvidenceRef => ref !== null);
  return {
    findings: [...scanned, ...(performance?.findings ?? [])],
    recalled: recalledWeights(recall?.records ?? []),
    previousGraph,
    evidence: new Map(whole.map((ref) => [ref.id, ref.bytes])),
  };
}
