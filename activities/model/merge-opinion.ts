import { performanceCompare } from '../../kb/performance/as-probe.ts';
import type { Knowledge } from '../../kb/reasoning/knowledge.ts';
import { mergeOpinion } from '../../kb/reasoning/model/merge.ts';
import type { Opinion } from '../../kb/reasoning/model/opinion.ts';
import type { Reasoned } from '../../kb/reasoning/rounds.ts';
import { survey, type ReasonInput } from '../../kb/reasoning/scene.ts';
import type { EvidenceRef } from '../../workflows/domain/evidence.ts';
import type { RoundInput } from '../../workflows/domain/phase-data.ts';
import { getJson } from '../json-evidence.ts';
import { PortError, type EvidenceStore } from '../ports.ts';
import { exchangeSchema } from './exchange.ts';

/** A round of the rules with what the recorded model said beside it; the same where nothing of that can be used. */
export async function withRecordedOpinion(
  evidence: EvidenceStore,
  reasoned: Reasoned,
  input: ReasonInput,
  { opinion: asked, compares }: Pick<RoundInput, 'opinion' | 'compares'>,
  knowledge: Knowledge,
  signal: AbortSignal,
): Promise<Reasoned> {
  if (asked === undefined) return reasoned;
  const opinion = await opinionOf(evidence, asked.exchange, signal);
  if (opinion === null) return reasoned;
  const { choice } = survey(input, knowledge);
  return mergeOpinion(reasoned, opinion, {
    round: input.round,
    mayAsk: asked.mayAsk,
    previousGraph: input.previousGraph,
    findings: new Set(input.findings.map(({ id }) => id)),
    choice,
    compares: compares === true && !input.probesRun.some(({ probeId }) => probeId === performanceCompare.id),
  });
}

/** What another version has written, or nobody finds any more, is no opinion: the round goes on by the rules. */
async function opinionOf(evidence: EvidenceStore, exchange: EvidenceRef, signal: AbortSignal): Promise<Opinion | null> {
  try {
    return (await getJson(evidence, exchange, exchangeSchema, signal)).opinion;
  } catch (error) {
    if (error instanceof PortError && (error.kind === 'malformed' || error.kind === 'not-found')) return null;
    throw error;
  }
}
