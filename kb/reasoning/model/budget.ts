import type { ModelBudget, ModelSpent } from '../../../workflows/domain/model-data.ts';

export interface ModelPrices {
  /** For a million tokens. */
  readonly promptMillion: number;
  readonly answerMillion: number;
}

/** Tokens of a question and of its answer. */
export interface ModelUsage {
  readonly promptTokens: number;
  readonly answerTokens: number;
}

export const freeOfCharge: ModelPrices = { promptMillion: 0, answerMillion: 0 };

// English has about four characters a token in byte-pair tokenizers (OpenAI, "What are tokens and how to count them?"); of hex
// digits, paths and times it is fewer. Our judgement: too many tokens is the safe side.
const charsPerToken = 2.8;

/** Tokens that a text will be at most, about. */
export function tokensOf(text: string): number {
  return Math.ceil(text.length / charsPerToken);
}

export function costOf(promptTokens: number, answerTokens: number, prices: ModelPrices): number {
  return (promptTokens * prices.promptMillion + answerTokens * prices.answerMillion) / 1_000_000;
}

/** An answer with three hypotheses and their claims has 600 to 1,200 tokens; one that thinks aloud some thousands. */
export const answerTokensMax = 4_000;
export const answerTokensMin = 400;

export type Allowance =
  | { readonly kind: 'may'; readonly answerTokensMax: number; readonly answers: number }
  | { readonly kind: 'exhausted'; readonly reason: string };

/**
 * How much of an answer the rest of the budget pays for: a shorter one, or fewer of them, before none. Whether there is
 * enough for a repair is asked when one is needed, see `affords`.
 */
export function allowance(
  budget: ModelBudget,
  before: ModelSpent,
  promptTokens: number,
  prices: ModelPrices,
): Allowance {
  const spent = neverGiven(before);
  if (spent.seconds >= budget.secondsMax) return exhausted(`its ${budget.secondsMax} s are used up`);
  for (let answers = budget.answers; answers >= 1; answers -= 1) {
    const tokens = Math.min(
      answerTokensMax,
      Math.floor((budget.tokensMax - spent.tokens) / answers) - promptTokens,
      affordable(budget, spent, promptTokens, prices, answers),
    );
    if (tokens >= answerTokensMin) return { kind: 'may', answerTokensMax: tokens, answers };
  }
  const rest = Math.max(0, budget.tokensMax - spent.tokens);
  const cost =
    budget.costMax === null ? '' : ` and of the cost of ${budget.costMax} ${(budget.costMax - spent.cost).toFixed(4)}`;
  return exhausted(
    `of its ${budget.tokensMax} tokens ${rest}${cost} are left, and the question alone has about ${promptTokens}`,
  );
}

/** What is left for the answers to one question. */
export interface Purse {
  readonly tokensMax: number;
  /** Null: cost does not count. */
  readonly costMax: number | null;
}

export function purseOf({ tokensMax, costMax }: ModelBudget, before: ModelSpent): Purse {
  const spent = neverGiven(before);
  return { tokensMax: tokensMax - spent.tokens, costMax: costMax === null ? null : costMax - spent.cost };
}

/** Whether one more question of so many tokens, with an answer as long as it may be, is paid for after those. */
export function affords(
  { tokensMax, costMax }: Purse,
  asked: readonly ModelUsage[],
  next: ModelUsage,
  prices: ModelPrices,
): boolean {
  const all = [...asked, next];
  const promptTokens = all.reduce((sum, one) => sum + one.promptTokens, 0);
  const answerTokens = all.reduce((sum, one) => sum + one.answerTokens, 0);
  return (
    promptTokens + answerTokens <= tokensMax &&
    (costMax === null || costOf(promptTokens, answerTokens, prices) <= costMax)
  );
}

/** Nobody gets back more than was there, whatever stands in a history. */
function neverGiven({ tokens, seconds, cost }: ModelSpent): ModelSpent {
  return { tokens: Math.max(0, tokens), seconds: Math.max(0, seconds), cost: Math.max(0, cost) };
}

function affordable(
  { costMax }: ModelBudget,
  { cost }: ModelSpent,
  promptTokens: number,
  prices: ModelPrices,
  answers: number,
): number {
  if (costMax === null) return answerTokensMax;
  const left = (costMax - cost) / answers - costOf(promptTokens, 0, prices);
  if (left < 0) return 0;
  return prices.answerMillion === 0 ? answerTokensMax : Math.floor((left * 1_000_000) / prices.answerMillion);
}

function exhausted(reason: string): Allowance {
  return { kind: 'exhausted', reason: `the incident's budget for the model is exhausted: ${reason}` };
}
