import { readPrompts } from '../../../../activities/adapters/prompt-files.ts';
import { shippedRecords } from '../../../../activities/adapters/shipped-records.ts';
import { createAskModel } from '../../../../activities/ask-model.ts';
import { getJson } from '../../../../activities/json-evidence.ts';
import { exchangeSchema } from '../../../../activities/model/exchange.ts';
import { createModelQueue } from '../../../../activities/model/queue.ts';
import { recalledFrom } from '../../../../activities/model/recalled.ts';
import type { ModelAnswers, ModelClient } from '../../../../activities/ports.ts';
import { createReasonRound } from '../../../../activities/reason-round.ts';
import { probeById } from '../../../../kb/probes/index.ts';
import { knowledge } from '../../../../kb/reasoning/index.ts';
import { freeOfCharge } from '../../../../kb/reasoning/model/budget.ts';
import type { Verdict } from '../../../../workflows/domain/finding.ts';
import type { AskModelResult } from '../../../../workflows/domain/model-data.ts';
import type { RoundInput, RoundResult } from '../../../../workflows/domain/phase-data.ts';
import type { Terminal } from '../../output.ts';
import { runActivity } from '../cluster/run-activity.ts';
import { readCases, type CaseSet, type ExcerptCase } from '../excerpts/cases.ts';
import { questionProgress } from '../model-progress.ts';
import { compareVerdicts, type Compared } from './compare-verdicts.ts';
import { stageExcerpt, type StagedExcerpt } from './stage-excerpt.ts';

export interface ModelBenchOptions {
  readonly dir: string;
  readonly set: CaseSet;
  readonly cases: number;
  readonly client: ModelClient;
  /** Of one answer. */
  readonly timeoutMs: number;
}

export interface ModelCaseRow extends Compared {
  readonly name: string;
  readonly rules: Verdict;
  readonly withModel: Verdict;
  /** What the model leads with, of what stands. */
  readonly leading: string | null;
  readonly hypotheses: number;
  readonly standing: number;
  readonly claims: number;
  readonly struck: number;
  readonly wishes: readonly string[];
  readonly tokens: number;
  readonly seconds: number;
  /** Why nothing that the model said could be used. */
  readonly degraded: string | null;
}

export interface ModelBenchReport {
  readonly model: string;
  readonly rows: readonly ModelCaseRow[];
  readonly worse: number;
  /** As many as were wanted; where it was stopped, there are fewer rows. */
  readonly cases: number;
}

/**
 * Diagnoses recorded excerpts with the rules alone, and with the model beside them, by the activities of an incident.
 * Stopped, it reports the cases until then.
 */
export async function runModelBench(
  terminal: Terminal,
  options: ModelBenchOptions,
  signal: AbortSignal = new AbortController().signal,
): Promise<ModelBenchReport> {
  const { client } = options;
  const stoppable = { ...options, client: until(signal, client) };
  const cases = readCases(options.dir, options.set).slice(0, options.cases);
  const progress = questionProgress(terminal, [{ who: client.model, count: cases.length }], () => performance.now());
  const rows: ModelCaseRow[] = [];
  for (const one of cases) {
    if (signal.aborted) break;
    progress.begin(client.model, one.name);
    try {
      rows.push(await measure(one, stoppable));
    } catch (error) {
      if (!signal.aborted) throw error;
      break;
    }
    progress.done(client.model);
  }
  progress.end();
  return { model: client.model, rows, worse: rows.filter(({ isWorse }) => isWorse).length, cases: cases.length };
}

function until(stop: AbortSignal, client: ModelClient): ModelClient {
  return {
    ...client,
    ask: (request, { timeoutMs, signal }) =>
      client.ask(request, { timeoutMs, signal: signal === undefined ? stop : AbortSignal.any([signal, stop]) }),
  };
}

async function measure(one: ExcerptCase, options: ModelBenchOptions): Promise<ModelCaseRow> {
  const staged = await stageExcerpt(one.name, one.folder);
  const first = await round(staged, 1, null);
  const alone = await lastRounds(staged, first, undefined);
  const said = await ask(staged, first, options);
  const exchange = said.exchange === null ? null : await getJson(staged.evidence, said.exchange, exchangeSchema);
  const beside = await lastRounds(
    staged,
    first,
    said.exchange === null ? undefined : { exchange: said.exchange, mayAsk: false },
  );
  const { hypotheses = [], critiques = [] } = exchange?.opinion ?? {};
  const claims = [...hypotheses.flatMap((hypothesis) => hypothesis.claims), ...critiques];
  return {
    name: one.name,
    rules: alone,
    withModel: beside,
    ...compareVerdicts(alone, beside, one.expect.category),
    leading: said.leading === null ? null : [said.leading.category, said.leading.node ?? ''].join(' ').trim(),
    hypotheses: said.hypotheses,
    standing: said.standing,
    claims: claims.length,
    struck: said.struck,
    wishes: said.probes,
    tokens: said.spent.tokens,
    seconds: said.spent.seconds,
    degraded: said.degraded,
  };
}

type Opinion = NonNullable<RoundInput['opinion']>;

async function round(
  { key, plan, evidence, findings }: StagedExcerpt,
  which: 1 | 2 | 3,
  previous: RoundResult | null,
  opinion?: Opinion,
  probesRun: RoundInput['probesRun'] = [],
): Promise<RoundResult> {
  const reasonRound = createReasonRound({ evidence, inventories: new Map(), knowledge });
  return runActivity(reasonRound, {
    key,
    plan,
    round: which,
    findings: [findings],
    recall: null,
    performance: null,
    previousGraph: previous?.graphRef ?? null,
    probesRun,
    ...(opinion === undefined ? {} : { opinion }),
  });
}

/** Excerpts have no nodes to ask: what a round wishes stays away, and counts as asked. */
const lastRoundsMax = 3;

async function lastRounds(staged: StagedExcerpt, first: RoundResult, opinion: Opinion | undefined): Promise<Verdict> {
  let previous = await round(staged, 2, first, opinion);
  let asked = previous.wantedProbes;
  for (let turn = 0; turn < lastRoundsMax; turn += 1) {
    previous = await round(staged, 3, previous, opinion, asked);
    if (previous.verdict !== null) return previous.verdict;
    asked = [...asked, ...previous.wantedProbes];
  }
  throw new Error(`${staged.key.runId}: no verdict after ${lastRoundsMax} last rounds`);
}

async function ask(
  { key, plan, evidence, logs, findings, manifest }: StagedExcerpt,
  first: RoundResult,
  { client, timeoutMs }: ModelBenchOptions,
): Promise<AskModelResult> {
  const { records } = await shippedRecords();
  const askModel = createAskModel({
    client,
    answers: forgetful,
    evidence,
    logs,
    knowledge,
    probe: probeById,
    prompts: await readPrompts(),
    recalled: recalledFrom(records),
    prices: freeOfCharge,
    clock: { nowMs: Date.now },
    queue: createModelQueue(1, Date.now),
    timeoutMs,
  });
  return runActivity(askModel, {
    key,
    plan,
    round: 1 as const,
    findings: [findings],
    recall: null,
    performance: null,
    logs: manifest,
    probeResults: [],
    hypotheses: first.hypotheses,
    probesRun: [],
    compares: false,
    severity: 'warning',
    budget: { tokensMax: 200_000, secondsMax: (2 * timeoutMs) / 1_000, costMax: null, answers: 1 },
    spent: { tokens: 0, seconds: 0, cost: 0 },
  });
}

/** Every question is asked. */
const forgetful: ModelAnswers = {
  find: () => Promise.resolve(null),
  remember: () => Promise.resolve(),
};
