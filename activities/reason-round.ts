import { cancellationSignal } from '@temporalio/activity';
import type { EvidenceRef } from '../workflows/domain/evidence.ts';
import type { RoundInput, RoundResult } from '../workflows/domain/phase-data.ts';
import type { Inventory } from '../kb/schemas/inventory.ts';
import { graphSchema, type Graph } from '../kb/reasoning/graph.ts';
import { knowledgeSnapshot } from '../kb/reasoning/knowledge-snapshot.ts';
import type { Knowledge } from '../kb/reasoning/knowledge.ts';
import { narrate, withinBytes, type NarrateInput } from '../kb/reasoning/narrative/index.ts';
import { withPrograms } from '../kb/reasoning/model/program-nodes.ts';
import { reason } from '../kb/reasoning/rounds.ts';
import { stillTrue, type ReasonInput } from '../kb/reasoning/scene.ts';
import { recalledWeights } from '../kb/retrieval/recalled-weights.ts';
import { performanceSchema } from './evidence-shapes.ts';
import { getJson, jsonDigest, putJson } from './json-evidence.ts';
import { withRecordedOpinion } from './model/merge-opinion.ts';
import { readPrograms } from './model/read-programs.ts';
import { rethrow } from './port-failure.ts';
import { readAttempts } from './probe-entries.ts';
import type { EvidenceStore } from './ports.ts';
import { recallDocumentSchema } from './recall-document.ts';
import { readWithEarlier } from './read-findings.ts';
import { allProbesRun, roundInput, type RoundAsked, type RoundReading } from './round-input.ts';

/** One round of the `rules` reasoner over the evidence gathered so far. */
export function createReasonRound(ports: {
  readonly evidence: EvidenceStore;
  readonly inventories: ReadonlyMap<string, Inventory>;
  readonly knowledge: Knowledge;
  /** Without critique; to measure what it brings. */
  readonly uncritical?: boolean;
}) {
  const knowledgeDigest = jsonDigest(knowledgeSnapshot(ports.knowledge));
  return async function reasonRound(input: RoundInput): Promise<RoundResult> {
    try {
      const inventory = ports.inventories.get(input.key.cluster);
      const speed = input.compares === true ? { speed: { compared: input.performance !== null } } : {};
      const read = await readEvidence(ports.evidence, input);
      const attempts = await attemptsOfBatches(ports.evidence, input);
      const asked: ReasonInput = {
        ...roundInput(read, { ...input, ...speed, ...attempts }, inventory, ports.knowledge),
        ...(ports.uncritical === true ? { uncritical: true } : {}),
      };
      const {
        graph: thought,
        hypotheses,
        verdict,
        wantedProbes,
        summary,
      } = await withRecordedOpinion(
        ports.evidence,
        reason(asked, ports.knowledge),
        asked,
        input,
        ports.knowledge,
        cancellationSignal(),
      );
      const programs = await readPrograms(ports.evidence, input.programs ?? [], cancellationSignal());
      const graph = withPrograms(thought, programs, input.round);
      const graphRef = await putJson(ports.evidence, 'graph', input.key.cluster, graph, cancellationSignal());
      const told =
        verdict === null
          ? {}
          : narrativeOf(
              { findings: stillTrue(asked.findings, asked), verdict, graph, wanted: wantedProbes, programs },
              input,
              ports.knowledge,
            );
      return {
        graphRef,
        digest: jsonDigest(graph),
        knowledgeDigest,
        hypotheses,
        verdict,
        wantedProbes,
        summary,
        ...told,
      };
    } catch (error) {
      return rethrow(error);
    }
  };
}

/** The verdict in words for people, within what a history may hold. */
function narrativeOf(
  thought: Pick<NarrateInput, 'verdict' | 'graph' | 'findings' | 'wanted' | 'programs'>,
  { plan, probesRun, looked, degraded = [] }: RoundInput,
  knowledge: Knowledge,
): Required<Pick<RoundResult, 'narrative'>> {
  const { alertAtMs, job } = plan;
  const ran = allProbesRun({ plan, probesRun, looked });
  return { narrative: withinBytes(narrate({ ...thought, alertAtMs, job, probesRun: ran, degraded, knowledge })) };
}

async function attemptsOfBatches(
  store: EvidenceStore,
  { batches }: Pick<RoundInput, 'batches'>,
): Promise<Pick<RoundAsked, 'attempts'>> {
  if (batches === undefined) return {};
  const signal = cancellationSignal();
  return { attempts: await Promise.all(batches.map((results) => readAttempts(store, results, signal))) };
}

async function readEvidence(store: EvidenceStore, input: RoundInput): Promise<RoundReading> {
  const signal = cancellationSignal();
  const performance =
    input.performance === null ? null : await getJson(store, input.performance, performanceSchema, signal);
  const recall = input.recall === null ? null : await getJson(store, input.recall, recallDocumentSchema, signal);
  const previousGraph: Graph | null =
    input.previousGraph === null ? null : await getJson(store, input.previousGraph, graphSchema, signal);
  const { earlier = [] } = input;
  const read = await readWithEarlier(store, input.findings, earlier, signal);
  const whole = [...input.findings, ...earlier, input.performance, input.recall].filter(
    (ref): ref is EvidenceRef => ref !== null,
  );
  return {
    findings: [...read, ...(performance?.findings ?? [])],
    recalled: recalledWeights(recall?.records ?? []),
    previousGraph,
    evidence: new Map(whole.map((ref) => [ref.id, ref.bytes])),
  };
}
