import type { Citable, ModelCase } from '../../kb/reasoning/model/case.ts';
import { affords, tokensOf, type ModelPrices, type Purse } from '../../kb/reasoning/model/budget.ts';
import { countedUsage } from '../../kb/reasoning/model/usage.ts';
import { groundAnswer } from '../../kb/reasoning/model/ground-answer.ts';
import type { Opinion } from '../../kb/reasoning/model/opinion.ts';
import { parseAnswer, type ModelAnswer, type ParsedAnswer } from '../../kb/reasoning/model/parse-answer.ts';
import type { WishableProbe } from '../../kb/reasoning/model/probe-wishes.ts';
import { repairMessages, type PromptTexts } from '../../kb/reasoning/model/prompt.ts';
import { voteOf } from '../../kb/reasoning/model/vote.ts';
import {
  PortError,
  UnansweredError,
  type Clock,
  type ModelClient,
  type ModelMessage,
  type ModelReply,
  type ModelRequest,
} from '../ports.ts';
import type { Exchange, RecordedReply } from './exchange.ts';
import type { Ledger } from './ledger.ts';
import type { EvidenceReader } from './read-again.ts';

export interface ConversePorts {
  readonly client: ModelClient;
  readonly clock: Clock;
  readonly prompts: PromptTexts;
  readonly reader: EvidenceReader;
  readonly probe: (id: string) => WishableProbe | undefined;
  readonly form: NonNullable<ModelRequest['form']>;
  readonly prices: ModelPrices;
  readonly ledger: Ledger;
  /** Of one answer, milliseconds. */
  readonly timeoutMs: number;
}

export interface Question {
  readonly request: Exchange['request'];
  readonly modelCase: ModelCase;
  readonly nodes: readonly string[];
  readonly compares: boolean;
  /** Probes whose results are here. */
  readonly measured: ReadonlySet<string>;
  /** By the clock of the ports: nothing is asked after it. */
  readonly deadlineMs: number;
  /** Left of the incident's budget. */
  readonly purse: Purse;
}

type Said = Pick<Exchange, 'replies' | 'unanswered' | 'opinion' | 'agree' | 'degraded'>;

/** What went out and came back, in order. */
interface Asked {
  readonly replies: RecordedReply[];
  readonly unanswered: NonNullable<Exchange['unanswered']>;
}

/**
 * As many answers as were asked for, each with one attempt at a repair; those that can be used are grounded and voted on.
 * Trouble with the first one is the caller's; after that, what there is has to do.
 */
export async function converse(ports: ConversePorts, question: Question, signal: AbortSignal): Promise<Said> {
  const asked: Asked = { replies: [], unanswered: [] };
  const { replies, unanswered } = asked;
  const opinions: Opinion[] = [];
  for (let vote = 0; vote < question.request.answers; vote += 1) {
    try {
      const answer = await askOnce(ports, question, question.request.seed + vote, asked, signal);
      if (answer !== null) opinions.push(await ground(ports, question, answer));
    } catch (error) {
      if (replies.length === 0 || !(error instanceof PortError)) throw error;
      break;
    }
    if (isOver(ports, question, question.request.messages)) break;
  }
  const vote = voteOf(opinions);
  return {
    replies,
    ...(unanswered.length === 0 ? {} : { unanswered }),
    opinion: vote?.opinion ?? null,
    agree: vote === null ? null : { answers: vote.agree, of: vote.of },
    degraded: vote === null ? `the model's answer could not be used: ${replies.at(-1)?.problem ?? 'none came'}` : null,
  };
}

/** No time, or not enough left to pay for these messages and an answer as long as it may be. */
function isOver(
  { clock, prices, ledger }: ConversePorts,
  { deadlineMs, purse, request }: Question,
  next: readonly ModelMessage[],
): boolean {
  const wanted = { promptTokens: tokensOf(textOf(next)), answerTokens: request.answerTokensMax };
  return clock.nowMs() >= deadlineMs || !affords(purse, ledger.usages, wanted, prices);
}

function textOf(messages: readonly ModelMessage[]): string {
  return messages.map(({ content }) => content).join('\n');
}

/** Null where neither the answer nor its repair could be used; the replies say why. */
async function askOnce(
  ports: ConversePorts,
  question: Question,
  seed: number,
  told: Asked,
  signal: AbortSignal,
): Promise<ModelAnswer | null> {
  const { messages } = question.request;
  const first = await send(ports, question, { messages, seed, repairs: false }, told, signal);
  if (first.parsed.kind === 'answer') return first.parsed.answer;
  // What was refused or filtered is so again.
  if (first.reply.finish === 'refused' || first.reply.finish === 'filtered') return null;
  const again = repairMessages(messages, first.reply.text, first.parsed.problem, ports.prompts);
  if (isOver(ports, question, again)) return null;
  try {
    const second = await send(ports, question, { messages: again, seed, repairs: true }, told, signal);
    return second.parsed.kind === 'answer' ? second.parsed.answer : null;
  } catch (error) {
    if (error instanceof PortError) return null;
    throw error;
  }
}

async function send(
  ports: ConversePorts,
  { request, deadlineMs }: Question,
  asked: { readonly messages: readonly ModelMessage[]; readonly seed: number; readonly repairs: boolean },
  { replies, unanswered }: Asked,
  signal: AbortSignal,
): Promise<{ readonly reply: ModelReply; readonly parsed: ParsedAnswer }> {
  const { client, clock, form, ledger } = ports;
  const startedMs = clock.nowMs();
  const timeoutMs = Math.min(ports.timeoutMs, deadlineMs - startedMs);
  if (timeoutMs <= 0) throw new PortError('unreachable', "the incident's time for the model is used up");
  const { temperature, answerTokensMax } = request;
  const { messages, seed, repairs } = asked;
  const promptTokens = tokensOf(textOf(messages));
  ledger.asks(promptTokens);
  const reply = await client
    .ask({ messages, form, seed, temperature, answerTokensMax }, { timeoutMs, signal })
    .catch((error: unknown) => {
      // Of a question whose end nobody knows, it stays under way.
      if (!(error instanceof PortError)) throw error;
      const isAsked = error instanceof UnansweredError;
      if (isAsked) unanswered.push({ seed, repairs, promptTokens });
      ledger.comesTo(isAsked ? { promptTokens, answerTokens: 0 } : null);
      throw error;
    });
  const parsed = readReply(reply);
  const text = reply.text.slice(0, textCharsMax);
  // A server that does not count is counted for.
  const usage = countedUsage(reply.usage, textOf(messages), text, answerTokensMax);
  ledger.comesTo(usage);
  replies.push({
    seed,
    repairs,
    text,
    finish: reply.finish,
    usage,
    formed: reply.formed,
    model: reply.model?.slice(0, nameCharsMax) ?? null,
    seconds: Math.round(clock.nowMs() - startedMs) / 1_000,
    problem: parsed.kind === 'malformed' ? parsed.problem : null,
  });
  return { reply, parsed };
}

// Recorded of one answer; what is longer is refused anyway.
const textCharsMax = 100_001;
/** Of the name that a server gives its model. */
const nameCharsMax = 200;

function readReply({ text, finish }: ModelReply): ParsedAnswer {
  if (finish === 'refused') return { kind: 'malformed', problem: 'the model refused to answer' };
  if (finish === 'filtered') return { kind: 'malformed', problem: "the server's content filter cut the answer off" };
  const parsed = parseAnswer(text);
  if (parsed.kind === 'malformed' && finish === 'length')
    return { kind: 'malformed', problem: `the answer was cut off at the bound on its length, and ${parsed.problem}` };
  return parsed;
}

async function ground(ports: ConversePorts, question: Question, answer: ModelAnswer): Promise<Opinion> {
  const { citables } = question.modelCase;
  const cited = new Set(
    [...answer.hypotheses.flatMap(({ claims }) => claims), ...answer.critiques].flatMap(({ cites }) =>
      cites.map(({ id }) => id),
    ),
  );
  const texts = new Map<Citable, string | null>();
  for (const id of cited) {
    const citable = citables.get(id);
    if (citable !== undefined) texts.set(citable, await ports.reader.text(citable));
  }
  return groundAnswer(answer, {
    citables,
    textOf: (citable) => texts.get(citable) ?? null,
    nodes: question.nodes,
    probe: ports.probe,
    compares: question.compares,
    measured: question.measured,
  });
}
