import { ApplicationFailure, patched, TimeoutFailure } from '@temporalio/workflow';
import { budgets } from './domain/budgets.ts';
import type { EvidenceRef } from './domain/evidence.ts';
import { degrade, type IncidentView } from './domain/incident-view.ts';
import type { AskModelInput, ModelBudget, ModelSpent, ProgramRef } from './domain/model-data.ts';
import { nothingSpent, spentIn } from './domain/model-spent.ts';
import type { RoundResult } from './domain/phase-data.ts';
import { modelWithin } from './activity-proxies.ts';
import type { IncidentChart } from './incident-chart.ts';
import { orWithout } from './or-without.ts';
import type { WishedProgram } from './run-programs.ts';

/** What a question takes beside what the chart knows. */
export type Consulted = Pick<
  AskModelInput,
  'key' | 'plan' | 'round' | 'findings' | 'recall' | 'performance' | 'probesRun' | 'earlier'
> & {
  readonly compares: boolean;
  /** What came of programs that it wished for before. */
  readonly programs: readonly ProgramRef[];
  readonly result: RoundResult;
};

/** Wall time; no model answers faster, and the rest of a budget is not spent on trying. */
const questionMsMin = 500;

/**
 * Asks the model after a round, while the incident's budget for it lasts; null where there is nothing that can be used.
 * One that stays away is not waited for again, and nothing new is nothing to ask about. What was spent before the rounds
 * began anew, or in an earlier run of the incident, is spent.
 */
export function consultant(
  chart: IncidentChart,
  budget: ModelBudget | undefined,
  wish: (program: WishedProgram) => void,
): (about: Consulted) => Promise<EvidenceRef | null> {
  const countsAll = budget !== undefined && patched('model-budget-of-the-incident');
  let spent = countsAll ? (chart.view().modelSpent ?? nothingSpent) : nothingSpent;
  let asked = 0;
  let knownBefore = -1;
  let latest: EvidenceRef | null = null;

  return async ({ result, programs, ...about }) => {
    if (budget === undefined || asked >= budgets.modelQuestionsMax) return latest;
    const leftMs = 1_000 * (budget.secondsMax - spent.seconds);
    const known = about.findings.length + programs.length;
    if (leftMs <= (countsAll ? questionMsMin : 0) || known === knownBefore) return latest;
    asked += 1;
    knownBefore = known;
    const view = chart.view();
    const askedAtMs = Date.now();
    let inVain = nothingSpent;
    const answer = await orWithout(chart, 'the model', () =>
      modelWithin(leftMs)
        .askModel({
          ...about,
          logs: view.logs?.manifest ?? null,
          probeResults: view.probeBatches.map((batch) => batch.result.results),
          hypotheses: result.hypotheses.map((cause) => ({ ...cause, because: [] })),
          severity: severityOf(view),
          ...(programs.length === 0 ? {} : { programs }),
          budget,
          spent,
        })
        .catch((error: unknown) => {
          inVain = spentInVain(error);
          throw error;
        }),
    );
    // Where nothing came, or only at a second try, it was waited for all the same.
    const seconds = countsAll ? (Date.now() - askedAtMs) / 1_000 : 0;
    spent = more(spent, answer?.spent ?? inVain, seconds);
    chart.note((before) => ({ ...before, modelSpent: spent }));
    if (answer === null) {
      asked = budgets.modelQuestionsMax;
      return latest;
    }
    chart.note((before) => ({ ...before, opinions: [...(before.opinions ?? []), { ...answer, round: about.round }] }));
    const { degraded, exchange, wishesProgram } = answer;
    if (degraded !== null) chart.note((before) => degrade(before, `went on without the model: ${degraded}`));
    else latest = exchange;
    if (degraded === null && exchange !== null && wishesProgram === true) wish({ exchange, round: about.round });
    return latest;
  };
}

const causesMax = 5;

/** Questions to which no answer came, as the last attempt told it, or the server of an attempt that was lost. */
function spentInVain(error: unknown): ModelSpent {
  let one = error;
  for (let depth = 0; depth < causesMax && one instanceof Error; depth += 1) {
    if (one instanceof ApplicationFailure) return spentIn(one.details?.[0]);
    if (one instanceof TimeoutFailure && one.lastHeartbeatDetails !== undefined)
      return spentIn(one.lastHeartbeatDetails);
    one = one.cause;
  }
  return nothingSpent;
}

/** `seconds`: that it took as seen from here. */
function more(before: ModelSpent, now: ModelSpent, seconds: number): ModelSpent {
  return {
    tokens: before.tokens + now.tokens,
    seconds: before.seconds + Math.max(now.seconds, seconds),
    cost: before.cost + now.cost,
  };
}

function severityOf({ alert }: IncidentView): string {
  const severities = (alert?.alerts ?? []).flatMap(({ labels }) => labels['severity']?.toLowerCase() ?? []);
  return ['critical', 'error', 'warning', 'info'].find((severity) => severities.includes(severity)) ?? 'unknown';
}
