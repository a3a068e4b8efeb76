import { activityInfo, Context } from '@temporalio/activity';
import type { ApplicationFailure } from '@temporalio/common';
import { answerForm } from '../kb/reasoning/model/answer.ts';
import { allowance, purseOf, tokensOf, type ModelPrices } from '../kb/reasoning/model/budget.ts';
import { buildCase, type CaseInput, type ModelCase, type RecalledCase } from '../kb/reasoning/model/case.ts';
import { leadingOf, struckOf } from '../kb/reasoning/model/opinion.ts';
import { isWishable, type WishableProbe } from '../kb/reasoning/model/probe-wishes.ts';
import { saidOf } from '../kb/reasoning/model/said.ts';
import { promptMessages, type PromptTexts } from '../kb/reasoning/model/prompt.ts';
import type { Knowledge } from '../kb/reasoning/knowledge.ts';
import type { EvidenceRef } from '../workflows/domain/evidence.ts';
import type { AskModelInput, AskModelResult, ModelSpent } from '../workflows/domain/model-data.ts';
import { spentIn, spentTogether } from '../workflows/domain/model-spent.ts';
import { performanceSchema } from './evidence-shapes.ts';
import { lastHeartbeat, withHeartbeats } from './heartbeats.ts';
import { getJson, jsonDigest, putJson } from './json-evidence.ts';
import { askingMs } from './model/asking-time.ts';
import { converse } from './model/converse.ts';
import { exchangeSchema, type Exchange } from './model/exchange.ts';
import { openLedger, type Ledger } from './model/ledger.ts';
import { measuredProbes } from './model/measured.ts';
import type { Turn } from './model/queue.ts';
import { evidenceReader } from './model/read-again.ts';
import { readToldPrograms } from './model/read-programs.ts';
import { usable } from './model/usable.ts';
import { portFailure, rethrow } from './port-failure.ts';
import {
  BusyError,
  PortError,
  type Clock,
  type EvidenceStore,
  type LogStore,
  type ModelAnswers,
  type ModelClient,
} from './ports.ts';
import { readWithEarlier } from './read-findings.ts';
import { recallDocumentSchema } from './recall-document.ts';

export interface AskModelPorts {
  readonly client: ModelClient;
  readonly answers: ModelAnswers;
  readonly evidence: EvidenceStore;
  readonly logs: (bucket: string) => LogStore;
  readonly knowledge: Knowledge;
  readonly probe: (id: string) => WishableProbe | undefined;
  readonly prompts: PromptTexts;
  /** Similar incidents by their ids, those that are here. */
  readonly recalled: (ids: readonly string[], signal: AbortSignal) => Promise<readonly RecalledCase[]>;
  readonly prices: ModelPrices;
  readonly clock: Clock;
  readonly queue: <T>(turn: Turn, signal: AbortSignal, work: () => Promise<T>) => Promise<T>;
  /** Of one answer, milliseconds. */
  readonly timeoutMs: number;
  /** By earlier attempts, in an audit; else the last heartbeat says it. */
  readonly spentBefore?: ModelSpent;
}

// Any number does; the same one makes the same question.
const seed = 20_241;
const temperature = 0;
/** Several answers are only worth something when they may differ (Wang et al. 2022 sample at 0.5 to 0.7). */
const votingTemperature = 0.6;
const answersMax = 9;

/**
 * Asks the model once about the case as it stands, holds its claims against the evidence, and stores all of it. A
 * question that was answered before is not asked again: it is found by its hash.
 */
export function createAskModel(ports: AskModelPorts): (input: AskModelInput) => Promise<AskModelResult> {
  return (input) => {
    const before = ports.spentBefore ?? spentIn(lastHeartbeat());
    const { heartbeat } = Context.current();
    const ledger = openLedger(before, ports.prices, heartbeat);
    return withHeartbeats(
      () => ledger.spent(),
      (signal) => ask(ports, input, ledger, signal),
    ).catch((error: unknown) => {
      // The next attempt pays for what this one has asked; where there is none, the incident does.
      heartbeat(ledger.spent());
      return rethrowSoon(error, ledger);
    });
  };
}

async function ask(
  ports: AskModelPorts,
  input: AskModelInput,
  ledger: Ledger,
  signal: AbortSignal,
): Promise<AskModelResult> {
  const { client, evidence, prompts, knowledge } = ports;
  const { cluster } = input.key;
  const deadlineMs = deadlineOf(input, ports.clock.nowMs());
  const { reader, caseInput } = await readCase(ports, input, signal);
  const spent = spentTogether(input.spent, ledger.before);
  const asFirst = plan(ports, input, caseInput);
  const planned = ledger.before.tokens === 0 ? asFirst : plan(ports, { ...input, spent }, caseInput);
  // An attempt that was lost may have had its answer, and had more left to ask with.
  for (const one of new Set([asFirst, planned])) {
    const recorded = one.kind === 'may' ? await recordedAnswer(ports, cluster, requestOf(ports, one), signal) : null;
    if (recorded !== null) return recorded;
  }
  if (planned.kind === 'exhausted') return nothing(client.model, planned.reason, ledger.before);
  const { modelCase, messages, answers, answerTokensMax } = planned;
  const request = requestOf(ports, planned);
  const requestHash = jsonDigest(request);

  const wishable = knowledge.probes.filter(isWishable).map(({ id }) => id);
  const startedMs = ports.clock.nowMs();
  const turn = {
    severity: input.severity,
    tokens: answers * (tokensOf(allOf(messages)) + answerTokensMax),
    waitMsMax: deadlineMs - startedMs,
  };
  const question = {
    request,
    modelCase,
    nodes: input.plan.nodes,
    compares: input.compares,
    measured: new Set(caseInput.measured.map(({ probeId }) => probeId)),
    deadlineMs,
    purse: purseOf(input.budget, spent),
  };
  const said = await ports
    .queue(turn, signal, () => converse({ ...ports, reader, ledger, form: answerForm(wishable) }, question, signal))
    .catch((error: unknown) => {
      // What is left would pay for a question to which no answer could come any more.
      const isOver = ports.clock.nowMs() >= deadlineMs - clockMs;
      throw isOver && error instanceof PortError ? failureOf(error, ledger, { nonRetryable: true }) : error;
    });
  const exchange: Exchange = {
    form: 1,
    prompt: { id: prompts.id, sha256: prompts.sha256 },
    model: client.model,
    host: client.host,
    requestHash,
    request,
    recalled: [...caseInput.recalled],
    ...said,
    prices: { ...ports.prices },
    ...(ledger.before.tokens === 0 ? {} : { spentBefore: ledger.before }),
    spent: { ...ledger.spent(), seconds: seconds(Math.max(0, ports.clock.nowMs() - startedMs)) },
  };
  const ref = await putJson(evidence, 'model-exchange', cluster, exchange, signal);
  await ports.answers.remember(cluster, requestHash, ref, signal);
  return resultOf(exchange, ref);
}

function requestOf(
  { client, prompts }: AskModelPorts,
  { modelCase, messages, answers, answerTokensMax }: Extract<Planned, { readonly kind: 'may' }>,
): Exchange['request'] {
  return {
    model: client.model,
    host: client.host,
    prompt: `${prompts.id} ${prompts.sha256}`,
    messages: [...messages],
    // The same words may stand in the evidence of another incident: its answer would cite what this one does not have.
    cites: jsonDigest([...modelCase.citables]),
    seed,
    temperature: answers > 1 ? votingTemperature : temperature,
    answerTokensMax,
    answers,
  };
}

async function recordedAnswer(
  { answers, evidence }: AskModelPorts,
  cluster: string,
  request: Exchange['request'],
  signal: AbortSignal,
): Promise<AskModelResult | null> {
  const requestHash = jsonDigest(request);
  const known = await answers.find(cluster, requestHash, signal);
  const recorded = known === null ? null : await usable(getJson(evidence, known, exchangeSchema, signal));
  return known !== null && recorded?.requestHash === requestHash ? resultOf(recorded, known) : null;
}

/** Timers and clocks of one machine differ by less. */
const clockMs = 20;

/** By the clock of the ports: the end of the incident's time for the model, or of the activity's own, whichever is first. */
function deadlineOf({ budget, spent }: AskModelInput, startedMs: number): number {
  const ofIncident = 1_000 * Math.max(0, budget.secondsMax - spent.seconds);
  // Time-outs are whole milliseconds.
  return startedMs + Math.floor(Math.min(ofIncident, askingMs(activityInfo(), startedMs)));
}

async function readCase(
  ports: AskModelPorts,
  input: AskModelInput,
  signal: AbortSignal,
): Promise<{ readonly reader: Awaited<ReturnType<typeof evidenceReader>>; readonly caseInput: CaseInput }> {
  const { evidence, knowledge } = ports;
  const { plan: gathered, round, hypotheses, probesRun, programs = [], earlier } = input;
  const performance =
    input.performance === null ? null : await getJson(evidence, input.performance, performanceSchema, signal);
  const recall = input.recall === null ? null : await getJson(evidence, input.recall, recallDocumentSchema, signal);
  const { findings: before = [], results = [] } = earlier ?? {};
  const read = await readWithEarlier(evidence, input.findings, before, signal);
  const findings = [...read, ...(performance?.findings ?? [])];
  const documents = [...input.findings, ...before, input.performance].filter((ref): ref is EvidenceRef => ref !== null);
  const probeResults = [...input.probeResults, ...results];
  const reader = await evidenceReader(ports, { logs: input.logs, probeResults, documents }, signal);
  return {
    reader,
    caseInput: {
      round,
      handlerId: gathered.handlerId,
      job: gathered.job,
      nodes: gathered.nodes,
      alertAtMs: gathered.alertAtMs,
      findings,
      kinds: knowledge.kinds,
      passages: await reader.passages(findings),
      hypotheses,
      probesRun,
      recalled: await ports.recalled(
        (recall?.records ?? []).map(({ problemkey }) => problemkey),
        signal,
      ),
      measured: await measuredProbes(evidence, input.probeResults, signal),
      programs: await readToldPrograms(evidence, programs, signal),
    },
  };
}

type Planned =
  | {
      readonly kind: 'may';
      readonly modelCase: ModelCase;
      readonly messages: ReturnType<typeof promptMessages>;
      readonly answers: number;
      readonly answerTokensMax: number;
    }
  | { readonly kind: 'exhausted'; readonly reason: string };

const trimsMax = 3;

/** Shows less of the case before it asks nothing at all. */
function plan(ports: AskModelPorts, input: AskModelInput, caseInput: CaseInput): Planned {
  let last: Planned = { kind: 'exhausted', reason: '' };
  const budget = { ...input.budget, answers: Math.max(1, Math.min(answersMax, input.budget.answers)) };
  for (let trim = 0; trim <= trimsMax; trim += 1) {
    const modelCase = buildCase(caseInput, trim);
    const messages = promptMessages(ports.prompts, ports.knowledge.probes, modelCase);
    const may = allowance(budget, input.spent, tokensOf(allOf(messages)), ports.prices);
    if (may.kind === 'may') return { ...may, modelCase, messages };
    last = may;
  }
  return last;
}

function allOf(messages: ReturnType<typeof promptMessages>): string {
  return messages.map(({ content }) => content).join('\n');
}

/** Numbers and words of ours: this goes into the history. */
function resultOf({ opinion, agree, spent, degraded, model }: Exchange, exchange: EvidenceRef): AskModelResult {
  const leading = opinion === null ? undefined : leadingOf(opinion);
  return {
    exchange,
    model,
    hypotheses: opinion?.hypotheses.length ?? 0,
    standing: opinion?.hypotheses.filter(({ stands }) => stands).length ?? 0,
    struck: opinion === null ? 0 : struckOf(opinion),
    probes: opinion?.probes.map(({ probeId }) => probeId) ?? [],
    leading:
      leading === undefined
        ? null
        : { category: leading.category, ...(leading.node === undefined ? {} : { node: leading.node }) },
    agree,
    spent,
    degraded,
    ...(opinion === null ? {} : saidOf(opinion)),
  };
}

function nothing(model: string, degraded: string, spent: ModelSpent): AskModelResult {
  return {
    exchange: null,
    model,
    hypotheses: 0,
    standing: 0,
    struck: 0,
    probes: [],
    leading: null,
    agree: null,
    spent,
    degraded,
  };
}

function seconds(ms: number): number {
  return Math.round(ms) / 1_000;
}

/** A server that is busy says when it wants to be asked again. */
function rethrowSoon(error: unknown, ledger: Ledger): never {
  if (!(error instanceof PortError)) return rethrow(error);
  if (!(error instanceof BusyError) || error.retryAfterMs === null) throw failureOf(error, ledger);
  const nextRetryDelay = Math.max(error.retryAfterMs, retryMsMin * activityInfo().attempt);
  throw failureOf(error, ledger, { nextRetryDelay });
}

/** Says what was spent in vain, where anything was. */
function failureOf(error: PortError, ledger: Ledger, more: Parameters<typeof portFailure>[1] = {}): ApplicationFailure {
  const spent = ledger.spent();
  return portFailure(error, spent.tokens === 0 ? more : { ...more, details: [spent] });
}

const retryMsMin = 250;
