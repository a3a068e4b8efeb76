import { budgets } from './domain/budgets.ts';
import type { EvidenceRef } from './domain/evidence.ts';
import type { Verdict } from './domain/finding.ts';
import type { GatherPlan, IncidentKey, ProbeBatchResult, RoundResult } from './domain/phase-data.ts';
import { performanceCompareId } from './domain/ids.ts';
import { degrade } from './domain/incident-view.ts';
import { probesOf, reasoning } from './activity-proxies.ts';
import { compareAgain, type SpeedCase } from './compare-speed.ts';
import type { IncidentChart } from './incident-chart.ts';

/** What the rounds start from. */
export interface ReasoningStart {
  readonly key: IncidentKey;
  readonly plan: GatherPlan;
  readonly findings: readonly EvidenceRef[];
  readonly recall: EvidenceRef | null;
  readonly performance: EvidenceRef | null;
  /** What comparing the job's speed again takes; null where it is not predicted. */
  readonly speed: SpeedCase | null;
  readonly probeBatchesMax: number;
}

export interface Reasoned {
  readonly verdict: Verdict;
  /** Findings of logs, metrics and probes. */
  readonly findings: readonly EvidenceRef[];
}

/**
 * Three rounds (paper section 4.3.3): propose; critique, probe and refine; attribute after a probe that could
 * refute. Ends early when a round already knows.
 */
export async function reason(chart: IncidentChart, start: ReasoningStart): Promise<Reasoned> {
  let findings = start.findings;
  let previousGraph: EvidenceRef | null = null;
  const probesRun: { probeId: string; nodes: readonly string[] }[] = [];

  const think = async (round: 1 | 2 | 3): Promise<RoundResult> => {
    const { key, plan, recall, performance } = start;
    const result: RoundResult = await reasoning.reasonRound({
      key,
      plan,
      round,
      findings,
      recall,
      performance,
      previousGraph,
      probesRun,
      ...(start.speed === null ? {} : { compares: true }),
    });
    previousGraph = result.graphRef;
    const { wantedProbes: _wanted, verdict: _verdict, ...shown } = result;
    chart.note((view) => ({ ...view, rounds: [...view.rounds, { ...shown, round }] }));
    return result;
  };

  const probe = async (batch: string, wanted: RoundResult['wantedProbes']): Promise<void> => {
    const all = wanted.map(({ probeId, nodes }) => ({ probeId, nodes }));
    const probes = all.filter(({ probeId }) => probeId !== performanceCompareId);
    const comparesAgain = probes.length < all.length && start.speed !== null;
    const [result, again] = await Promise.all([
      probes.length === 0 ? null : probesOf(start.key.cluster).runProbeBatch({ key: start.key, batch, probes }),
      comparesAgain ? compareAgain(chart, start.speed) : null,
    ]);
    probesRun.push(...all);
    if (result !== null) readBatch(batch, result);
    const compared = again?.comparison?.findings;
    if (again === null || compared === undefined) return;
    findings = [...findings, compared];
    chart.note((view) => ({
      ...view,
      performance: again,
      comparisons: [...(view.comparisons ?? []), { batch, summary: again.summary }],
    }));
  };

  const readBatch = (batch: string, result: ProbeBatchResult): void => {
    findings = [...findings, result.findings];
    chart.note((view) => ({ ...view, probeBatches: [...view.probeBatches, { batch, result }] }));
    if (result.unread > 0)
      chart.note((view) =>
        degrade(view, `${result.unread} probe reading(s) of batch ${batch} are missing: ${firstFailure(result)}`),
      );
  };

  const first = await think(1);
  if (first.verdict !== null) return { verdict: first.verdict, findings };

  let second = await think(2);
  for (let batch = 1; batch <= start.probeBatchesMax && second.verdict === null; batch += 1) {
    if (second.wantedProbes.length === 0) break;
    await probe(`round2-${batch}`, second.wantedProbes);
    second = await think(2);
  }
  if (second.verdict !== null) return { verdict: second.verdict, findings };

  let third = await think(3);
  for (let batch = 1; batch <= budgets.refutingBatchesMax && third.verdict === null; batch += 1) {
    if (third.wantedProbes.length === 0) break;
    await probe(`round3-${batch}`, third.wantedProbes);
    third = await think(3);
  }
  return { verdict: third.verdict ?? undecided(third), findings };
}

function undecided(last: RoundResult): Verdict {
  const decidingProbe = last.wantedProbes[0];
  return {
    kind: 'not-proven',
    candidates: last.hypotheses,
    ...(decidingProbe === undefined ? {} : { decidingProbe }),
    reason: 'the bound on probe batches was reached before one cause stood out',
  };
}

function firstFailure(result: ProbeBatchResult): string {
  const first = result.failures[0];
  return first === undefined ? 'no reason given' : `${first.probeId} on ${first.node}: ${first.reason}`;
}
