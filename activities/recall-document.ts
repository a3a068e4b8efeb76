import { z } from 'zod';

const place = z.strictObject({ rank: z.int().min(1), score: z.number() }).nullable();

const hitSchema = z.strictObject({
  id: z.string(),
  dense: place,
  words: place,
  signals: z.number(),
  trust: z.number(),
  score: z.number(),
  kind: z.enum(['incident', 'fact', 'runbook']),
  category: z.string().nullable(),
  source: z.string(),
});

/** A recall as it stands in evidence: what was asked, of which library, all candidates, and what came out. */
export const recallDocumentSchema = z.strictObject({
  form: z.literal(2),
  query: z.strictObject({
    prose: z.string(),
    words: z.string(),
    kinds: z.array(z.string()).readonly(),
    denseWeight: z.number(),
  }),
  generation: z.string().nullable(),
  /** What was searched: the same digest, the same entries. */
  library: z.strictObject({ digest: z.string(), entries: z.int() }),
  /** The embedder, or null when words alone were searched. */
  modelId: z.string().nullable(),
  degraded: z.string().nullable(),
  candidates: z.array(hitSchema).readonly(),
  /** Like incidents, best first. */
  records: z
    .array(
      z.strictObject({
        problemkey: z.string(),
        category: z.string(),
        score: z.number(),
        denseRank: z.int().nullable(),
        wordRank: z.int().nullable(),
        source: z.string(),
      }),
    )
    .readonly(),
  /** Facts and pieces of the site's own runbooks that bear on it. */
  references: z
    .array(z.strictObject({ id: z.string(), kind: z.enum(['fact', 'runbook']), score: z.number(), source: z.string() }))
    .readonly(),
});
export type RecallDocument = z.infer<typeof recallDocumentSchema>;

/** What the model made of the query: its own piece of evidence, so that a repeated search embeds nothing anew. */
export const queryEmbeddingSchema = z.strictObject({
  modelId: z.string(),
  prose: z.string(),
  vector: z.array(z.number()).readonly(),
});

/** How many like incidents are handed on. */
export const recordsMax = 5;
export const referencesMax = 3;
