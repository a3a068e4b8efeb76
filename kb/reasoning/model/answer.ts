import { z } from 'zod';
import { categories } from '../../taxonomy.ts';
import { programCharsMax } from '../analysis/wish.ts';

/** The form of a model's answer: what it may say, and how much of it. */

export const hypothesesMax = 5;
export const claimsMax = 6;
export const citesMax = 4;
export const critiquesMax = 6;
/** Probes that one answer may wish for. */
export const probesMax = 3;
const argsMax = 4;
const nodesMax = 64;
const textCharsMax = 400;
const quoteCharsMax = 300;
const nameCharsMax = 100;
/** As many as a wish for a program may name. */
const programProbesMax = 8;
const whyCharsMax = 300;

/** The envelope of section 4.3.2 of the paper: what kind of text a sentence is. */
export const tags = ['text', 'symbol', 'code', 'formula', 'rule'] as const;

// What is longer than asked for is cut, not refused: the beginning says it.
const cut = (charsMax: number) => z.string().transform((text) => text.slice(0, charsMax));
const name = z.string().max(nameCharsMax);

const citeSchema = z.object({ id: name, quote: cut(quoteCharsMax) });
export type Cite = z.infer<typeof citeSchema>;

const claimSchema = z.object({
  tag: z.enum(tags).catch('text'),
  text: cut(textCharsMax),
  cites: z.array(citeSchema).max(citesMax).catch([]),
});

const nothing = z.literal(['', 'none', 'null', 'unknown']).transform(() => null);
const nullableName = z.union([nothing, name.nullable()]).optional().default(null);

const deviceSchema = z
  .object({
    kind: z.enum(['gpu', 'hca', 'disk', 'host']),
    index: z.int().min(0).max(63).nullish(),
    name: name.nullish(),
  })
  .nullish()
  .catch(null);

export const hypothesisSchema = z.object({
  category: z.enum([...categories, 'unlisted']),
  node: nullableName,
  device: deviceSchema,
  probability: z.number().min(0).max(1),
  claims: z.array(claimSchema).max(claimsMax).catch([]),
});
export type AnswerHypothesis = z.infer<typeof hypothesisSchema>;

export const critiqueSchema = z.object({
  /** Number of the hypothesis in the answer, from 1; of the rules' list when 0. */
  of: z.int().min(0).max(hypothesesMax).catch(0),
  tag: z.enum(tags).catch('text'),
  text: cut(textCharsMax),
  cites: z.array(citeSchema).max(citesMax).catch([]),
});
export type AnswerCritique = z.infer<typeof critiqueSchema>;

const argValue = z.union([z.string().max(nameCharsMax), z.number(), z.boolean().transform(String)]);

export const probeWishSchema = z.object({
  probeId: name,
  args: z
    .union([
      z
        .array(z.object({ name, value: argValue }))
        .max(argsMax)
        .transform((list) => list.map((one) => [one.name, one.value] as const)),
      z.record(name, argValue).transform((found) => Object.entries(found)),
    ])
    .nullish()
    .transform((args) => args ?? []),
  nodes: z.array(name).max(nodesMax),
  why: cut(textCharsMax).catch(''),
});
export type AnswerProbeWish = z.infer<typeof probeWishSchema>;

/** A program over results of probes; one without text is none. */
export const programWishSchema = z.object({
  program: z.string().max(programCharsMax),
  probeIds: z.array(name).min(1).max(programProbesMax),
  why: cut(whyCharsMax).catch(''),
});
export type AnswerProgramWish = z.infer<typeof programWishSchema>;

/** The answer's outermost shape; what is in the lists is judged one by one, so that one bad entry spoils no other. */
export const answerSchema = z.object({
  hypotheses: z.array(z.unknown()),
  critiques: z.array(z.unknown()).catch([]),
  probes: z.array(z.unknown()).catch([]),
  /** Whether the job's speed should be compared with the predicted one. */
  predictSpeed: z.boolean().catch(false),
  /** One program at most. */
  analysis: z.unknown().optional(),
});

/**
 * The same as JSON Schema, for servers that hold a model to it: no references, no alternatives, no patterns, everything
 * required, so that the constrained decoders of vLLM, llama.cpp and the hosted ones all take it.
 */
export function answerForm(probeIds: readonly string[]): {
  readonly name: string;
  readonly schema: Readonly<Record<string, unknown>>;
} {
  const text = (maxLength: number) => ({ type: 'string', maxLength });
  const list = (items: unknown, maxItems: number) => ({ type: 'array', items, maxItems });
  const cites = list(object({ id: text(8), quote: text(quoteCharsMax) }), citesMax);
  const said = { tag: { type: 'string', enum: tags }, text: text(textCharsMax), cites };
  const device = {
    ...object({ kind: { type: 'string', enum: ['gpu', 'hca', 'disk', 'host'] }, index: { type: ['integer', 'null'] } }),
    type: ['object', 'null'],
  };
  const hypothesis = object({
    category: { type: 'string', enum: [...categories, 'unlisted'] },
    node: { type: ['string', 'null'] },
    device,
    probability: { type: 'number' },
    claims: list(object(said), claimsMax),
  });
  const wish = object({
    probeId: { type: 'string', enum: probeIds },
    args: list(object({ name: text(nameCharsMax), value: text(nameCharsMax) }), argsMax),
    nodes: list(text(nameCharsMax), nodesMax),
    why: text(textCharsMax),
  });
  return {
    name: 'diagnosis',
    schema: object({
      hypotheses: list(hypothesis, hypothesesMax),
      critiques: list(object({ of: { type: 'integer' }, ...said }), critiquesMax),
      probes: list(wish, probesMax),
      predictSpeed: { type: 'boolean' },
      analysis: {
        ...object({
          // No length: llama.cpp makes a grammar of it, and refuses one with thousands of repetitions. It is checked here.
          program: { type: 'string' },
          probeIds: list({ type: 'string', enum: probeIds }, programProbesMax),
          why: text(whyCharsMax),
        }),
        type: ['object', 'null'],
      },
    }),
  };
}

function object(properties: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return { type: 'object', properties, required: Object.keys(properties), additionalProperties: false };
}
