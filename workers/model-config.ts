import { z } from 'zod';
import type { ModelPrices } from '../kb/reasoning/model/budget.ts';
import type { ModelBudget } from '../workflows/domain/model-data.ts';

/** The language model as the environment says it. */
export interface ModelSettings {
  /** Null: incidents are diagnosed by the rules alone. */
  readonly model: ModelConfig | null;
  /** What one incident may spend on it; null where there is none. */
  readonly modelBudget: ModelBudget | null;
}

interface ModelConfig {
  readonly url: string;
  readonly model: string;
  readonly key: string | null;
  /** Of one answer. */
  readonly timeoutMs: number;
  /** Questions under way at the same time. */
  readonly atOnce: number;
  readonly prices: ModelPrices;
}

const amount = z.coerce
  .number('expected an amount such as 0.25')
  .min(0, 'expected at least 0')
  .max(1_000_000, 'expected at most 1000000');

/** The variables, in the forms of workers/config.ts. */
export function modelVariables<U extends z.ZodType<string>, N extends z.ZodType<number>>(
  url: (example: string) => U,
  wholeNumber: (example: string, min: number, max: number) => N,
) {
  return {
    WARDROUND_MODEL_URL: url('http://127.0.0.1:8000/v1').optional(),
    WARDROUND_MODEL_NAME: z.string().max(200, 'expected at most 200 characters').optional(),
    WARDROUND_MODEL_KEY: z.string().optional(),
    WARDROUND_MODEL_TIMEOUT_SECONDS: wholeNumber('60', 1, 240).optional(),
    WARDROUND_MODEL_AT_ONCE: wholeNumber('2', 1, 64).optional(),
    WARDROUND_MODEL_ANSWERS: wholeNumber('1', 1, 9).optional(),
    WARDROUND_MODEL_TOKENS_MAX: wholeNumber('60000', 1_000, 10_000_000).optional(),
    WARDROUND_MODEL_SECONDS_MAX: wholeNumber('120', 1, 1_800).optional(),
    WARDROUND_MODEL_COST_MAX: amount.optional(),
    WARDROUND_MODEL_PROMPT_PRICE: amount.default(0),
    WARDROUND_MODEL_ANSWER_PRICE: amount.default(0),
  };
}

interface ModelValues {
  readonly WARDROUND_MODEL_URL?: string | undefined;
  readonly WARDROUND_MODEL_NAME?: string | undefined;
  readonly WARDROUND_MODEL_KEY?: string | undefined;
  readonly WARDROUND_MODEL_TIMEOUT_SECONDS?: number | undefined;
  readonly WARDROUND_MODEL_AT_ONCE?: number | undefined;
  readonly WARDROUND_MODEL_ANSWERS?: number | undefined;
  readonly WARDROUND_MODEL_TOKENS_MAX?: number | undefined;
  readonly WARDROUND_MODEL_SECONDS_MAX?: number | undefined;
  readonly WARDROUND_MODEL_COST_MAX?: number | undefined;
  readonly WARDROUND_MODEL_PROMPT_PRICE: number;
  readonly WARDROUND_MODEL_ANSWER_PRICE: number;
}

/** Prices are for a million tokens, in the currency of the cost. */
export function modelConfig(values: ModelValues, refuse: (problem: string) => never): ModelSettings {
  const { WARDROUND_MODEL_URL: url, WARDROUND_MODEL_NAME: model, WARDROUND_MODEL_KEY: key } = values;
  if (url === undefined && model === undefined) return { model: null, modelBudget: null };
  if (url === undefined || model === undefined)
    return refuse(
      `WARDROUND_MODEL_${url === undefined ? 'URL' : 'NAME'}: URL and NAME of the model server belong together; this one is missing`,
    );
  const costMax = values.WARDROUND_MODEL_COST_MAX ?? null;
  const prices = {
    promptMillion: values.WARDROUND_MODEL_PROMPT_PRICE,
    answerMillion: values.WARDROUND_MODEL_ANSWER_PRICE,
  };
  if (costMax !== null && prices.promptMillion === 0 && prices.answerMillion === 0)
    refuse(
      'WARDROUND_MODEL_COST_MAX: needs WARDROUND_MODEL_PROMPT_PRICE or WARDROUND_MODEL_ANSWER_PRICE; without prices nothing costs anything',
    );
  return {
    model: {
      url,
      model,
      key: key ?? null,
      timeoutMs: (values.WARDROUND_MODEL_TIMEOUT_SECONDS ?? 60) * 1_000,
      atOnce: values.WARDROUND_MODEL_AT_ONCE ?? 2,
      prices,
    },
    modelBudget: {
      // One question is some 8,000 tokens of instructions, up to 15,000 of the case, and the answer; two, with a repair.
      tokensMax: values.WARDROUND_MODEL_TOKENS_MAX ?? 60_000,
      secondsMax: values.WARDROUND_MODEL_SECONDS_MAX ?? 120,
      costMax,
      answers: values.WARDROUND_MODEL_ANSWERS ?? 1,
    },
  };
}
