import { budgets } from './domain/budgets.ts';
import type { EvidenceRef } from './domain/evidence.ts';
import type { Verdict } from './domain/finding.ts';
import type { Earlier } from './domain/later-looks.ts';
import type { ModelBudget } from './domain/model-data.ts';
import type { GatherPlan, IncidentKey, ProbeBatchResult, RoundResult } from './domain/phase-data.ts';
import { performanceCompareId } from './domain/ids.ts';
import { degrade, degradedTold } from './domain/incident-view.ts';
import { probesOf, reasoning } from './activity-proxies.ts';
import { compareAgain, type SpeedCase } from './compare-speed.ts';
import { consultant } from './consult-model.ts';
import type { IncidentChart } from './incident-chart.ts';
import { programRunner } from './run-programs.ts';

/** What the rounds start from. */
export interface ReasoningStart {
  readonly key: IncidentKey;
  readonly plan: GatherPlan;
  readonly findings: readonly EvidenceRef[];
  /** What the first look came to; null where nobody looked. */
  readonly looked: ProbeBatchResult | null;
  /** Of the run that looked at the same alert too early. */
  readonly earlier?: Earlier;
  readonly recall: EvidenceRef | null;
  readonly performance: EvidenceRef | null;
  /** What comparing the job's speed again takes; null where it is not predicted. */
  readonly speed: SpeedCase | null;
  readonly probeBatchesMax: number;
  /** What may be spent on asking a model; absent where none is asked. */
  readonly model?: ModelBudget;
}

export interface Reasoned {
  readonly verdict: Verdict;
  /** Findings of logs, metrics and probes, those of an earlier look first. */
  readonly findings: readonly EvidenceRef[];
  /** Answers of probes, likewise. */
  readonly results: readonly EvidenceRef[];
}

/**
 * Three rounds (paper section 4.3.3): propose; critique, probe and refine; attribute after a probe that could
 * refute. Ends early when a round already knows.
 */
export async function reason(chart: IncidentChart, start: ReasoningStart): Promise<Reasoned> {
  let findings = [...start.findings, ...(start.looked === null ? [] : [start.looked.findings])];
  const batches: EvidenceRef[] = start.looked === null ? [] : [start.looked.results];
  let previousGraph: EvidenceRef | null = null;
  const probesRun: { probeId: string; nodes: readonly string[] }[] = [];

  const programs = programRunner(chart, start.key);
  const consult = consultant(chart, start.model, programs.wish);
  let exchange: EvidenceRef | null = null;

  const think = async (round: 1 | 2 | 3, mayAsk = true): Promise<RoundResult> => {
    const { key, plan, recall, performance } = start;
    const degraded = degradedTold(chart.view());
    const computed = programs.done();
    const result: RoundResult = await reasoning.reasonRound({
      key,
      plan,
      round,
      findings,
      recall,
      performance,
      previousGraph,
      probesRun,
      ...(start.earlier === undefined ? {} : { earlier: start.earlier.findings }),
      ...(start.speed === null ? {} : { compares: true }),
      ...(start.looked === null ? {} : { looked: true }),
      ...(batches.length === 0 ? {} : { batches: [...batches] }),
      ...(exchange === null ? {} : { opinion: { exchange, mayAsk } }),
      ...(computed.length === 0 ? {} : { programs: computed }),
      ...(degraded.length === 0 ? {} : { degraded }),
    });
    previousGraph = result.graphRef;
    const { wantedProbes: _wanted, verdict: _verdict, narrative, ...shown } = result;
    chart.note((view) => ({
      ...view,
      rounds: [...view.rounds, { ...shown, round }],
      ...(narrative === undefined ? {} : { narrative }),
    }));
    return result;
  };

  const askModel = async (round: 1 | 2, result: RoundResult): Promise<void> => {
    const { key, plan, recall, performance, speed } = start;
    const compares = speed !== null;
    await programs.run();
    exchange = await consult({
      key,
      plan,
      round,
      findings,
      recall,
      performance,
      probesRun,
      ...(start.earlier === undefined ? {} : { earlier: start.earlier }),
      compares,
      programs: programs.done(),
      result,
    });
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
    batches.push(result.results);
    chart.note((view) => ({ ...view, probeBatches: [...view.probeBatches, { batch, result }] }));
    if (result.unread > 0)
      chart.note((view) =>
        degrade(view, `${result.unread} probe reading(s) of batch ${batch} are missing: ${firstFailure(result)}`),
      );
  };

  const ended = (verdict: Verdict): Reasoned => ({
    verdict,
    findings: [...(start.earlier?.findings ?? []), ...findings],
    results: [...(start.earlier?.results ?? []), ...batches],
  });

  const first = await think(1);
  if (first.verdict !== null) return ended(first.verdict);

  await askModel(1, first);
  let second = await think(2);
  for (let batch = 1; batch <= start.probeBatchesMax && second.verdict === null; batch += 1) {
    if (second.wantedProbes.length === 0) break;
    await probe(`round2-${batch}`, second.wantedProbes);
    second = await think(2);
  }
  if (second.verdict !== null) return ended(second.verdict);

  await askModel(2, second);
  await programs.run();
  let third = await think(3);
  for (let batch = 1; batch <= budgets.refutingBatchesMax && third.verdict === null; batch += 1) {
    if (third.wantedProbes.length === 0) break;
    await probe(`round3-${batch}`, third.wantedProbes);
    third = await think(3, batch < budgets.refutingBatchesMax);
  }
  return ended(third.verdict ?? undecided(third));
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
