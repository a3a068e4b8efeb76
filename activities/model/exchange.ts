import { z } from 'zod';
import { opinionSchema } from '../../kb/reasoning/model/opinion.ts';

/** One question to a model with all that came of it, as it stands in evidence. */

const finish = z.enum(['stop', 'length', 'filtered', 'refused', 'other']);

/** What came back at one time of asking; `problem` where it could not be used, in our own words. */
const replySchema = z.strictObject({
  seed: z.int(),
  /** A second time, with what was wrong about the first answer. */
  repairs: z.boolean(),
  text: z.string(),
  finish,
  usage: z.strictObject({ promptTokens: z.number(), answerTokens: z.number() }).nullable(),
  formed: z.boolean(),
  model: z.string().nullable(),
  seconds: z.number(),
  problem: z.string().nullable(),
});
export type RecordedReply = z.infer<typeof replySchema>;

const spentSchema = z.strictObject({ tokens: z.number(), seconds: z.number(), cost: z.number() });

export const exchangeSchema = z.strictObject({
  form: z.literal(1),
  prompt: z.strictObject({ id: z.string(), sha256: z.string() }),
  /** Asked for by this name, at this host. */
  model: z.string(),
  host: z.string(),
  /** SHA-256 of the request's canonical JSON. */
  requestHash: z.string(),
  request: z.strictObject({
    model: z.string(),
    host: z.string(),
    prompt: z.string(),
    messages: z.array(z.strictObject({ role: z.enum(['system', 'user', 'assistant']), content: z.string() })),
    /** SHA-256 over what each id in the messages stands for. */
    cites: z.string(),
    seed: z.int(),
    temperature: z.number(),
    answerTokensMax: z.int(),
    answers: z.int(),
  }),
  /** Similar incidents that were shown. */
  recalled: z.array(z.strictObject({ id: z.string(), category: z.string(), text: z.string() })),
  replies: z.array(replySchema),
  /** Questions that went out and that no answer came to; absent where there are none. */
  unanswered: z.array(z.strictObject({ seed: z.int(), repairs: z.boolean(), promptTokens: z.int() })).optional(),
  opinion: opinionSchema.nullable(),
  agree: z.strictObject({ answers: z.int(), of: z.int() }).nullable(),
  /** For a million tokens, as the worker was configured. */
  prices: z.strictObject({ promptMillion: z.number(), answerMillion: z.number() }),
  /** By attempts of the activity before the one that wrote this, where it knows of any. */
  spentBefore: spentSchema.optional(),
  /** Those included. */
  spent: spentSchema,
  degraded: z.string().nullable(),
});
export type Exchange = z.infer<typeof exchangeSchema>;
