import type { createAskModel } from '../../../activities/ask-model.ts';
import { putJson } from '../../../activities/json-evidence.ts';
import type { EvidenceStore } from '../../../activities/ports.ts';
import { createReasonRound } from '../../../activities/reason-round.ts';
import { knowledge } from '../../../kb/reasoning/index.ts';
import type { EvidenceRef } from '../../../workflows/domain/evidence.ts';
import type { Finding, Verdict } from '../../../workflows/domain/finding.ts';
import type { AskModelInput, AskModelResult } from '../../../workflows/domain/model-data.ts';
import type { RoundInput, RoundResult } from '../../../workflows/domain/phase-data.ts';
import { runActivity } from '../run-activity.ts';

/**
 * The three rounds of workflows/reason.ts with real rounds and a real question, and nodes that answer as the test says:
 * nothing when it says nothing.
 */
export async function reasonWith(
  evidence: EvidenceStore,
  asked: AskModelInput,
  ask: ReturnType<typeof createAskModel> | null,
  readings: (probeId: string, nodes: readonly string[]) => readonly Finding[] = () => [],
): Promise<{
  readonly verdict: Verdict | null;
  readonly opinions: readonly AskModelResult[];
  readonly failures: readonly string[];
  readonly wished: readonly string[];
  readonly rounds: readonly RoundResult[];
}> {
  const reasonRound = createReasonRound({ evidence, knowledge, inventories: new Map() });
  const opinions: AskModelResult[] = [];
  const failures: string[] = [];
  const wished: string[] = [];
  const rounds: RoundResult[] = [];
  let findings = asked.findings;
  let probesRun: RoundInput['probesRun'] = [];
  let previousGraph: EvidenceRef | null = null;
  let exchange: EvidenceRef | null = null;

  const think = async (round: 1 | 2 | 3, mayAsk = true): Promise<RoundResult> => {
    const { key, plan } = asked;
    const opinion = exchange === null ? {} : { opinion: { exchange, mayAsk } };
    const result = await runActivity(reasonRound, {
      key,
      plan,
      round,
      findings,
      recall: null,
      performance: null,
      previousGraph,
      probesRun,
      ...opinion,
    });
    previousGraph = result.graphRef;
    rounds.push(result);
    return result;
  };
  const consult = async (round: 1 | 2, { hypotheses }: RoundResult): Promise<void> => {
    if (ask === null) return;
    try {
      const said = await runActivity(ask, { ...asked, round, findings, hypotheses, probesRun });
      opinions.push(said);
      exchange = said.exchange ?? exchange;
    } catch (error) {
      failures.push(error instanceof Error ? error.message : 'failed');
    }
  };
  const probe = async ({ wantedProbes }: RoundResult): Promise<void> => {
    wished.push(...wantedProbes.map(({ probeId }) => probeId));
    const read = wantedProbes.flatMap(({ probeId, nodes }) => readings(probeId, nodes));
    probesRun = [...probesRun, ...wantedProbes.map(({ probeId, nodes }) => ({ probeId, nodes }))];
    findings = [...findings, await putJson(evidence, 'findings', asked.key.cluster, read)];
  };

  await consult(1, await think(1));
  let second = await think(2);
  for (let batch = 1; batch <= 3 && second.wantedProbes.length > 0; batch += 1) {
    await probe(second);
    second = await think(2);
  }
  await consult(2, second);
  let third = await think(3);
  for (let batch = 1; batch <= 2 && third.verdict === null && third.wantedProbes.length > 0; batch += 1) {
    await probe(third);
    third = await think(3, batch < 2);
  }
  return { verdict: third.verdict, opinions, failures, wished, rounds };
}
