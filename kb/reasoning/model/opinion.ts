import { z } from 'zod';
import { categories } from '../../taxonomy.ts';
import { analysisWishSchema } from '../analysis/wish.ts';
import { tags } from './answer.ts';

/** What is left of a model's answer after its claims were held against the evidence; as it is stored. */

const device = z.strictObject({
  kind: z.enum(['gpu', 'hca', 'disk', 'host']),
  index: z.int().exactOptional(),
  name: z.string().exactOptional(),
});

const range = z.strictObject({
  evidenceId: z.string(),
  source: z.string(),
  line: z.int().exactOptional(),
  byteStart: z.int().exactOptional(),
  byteEnd: z.int().exactOptional(),
});

const claim = z.strictObject({
  tag: z.enum(tags),
  /** The model's words, readable and bounded; evidence, never a history. */
  text: z.string(),
  findingIds: z.array(z.string()),
  ranges: z.array(range),
  /** Why it does not count; absent where it does. */
  struck: z.string().exactOptional(),
});
export type OpinionClaim = z.infer<typeof claim>;

const hypothesis = z.strictObject({
  category: z.enum([...categories, 'unlisted']),
  node: z.string().exactOptional(),
  device: device.exactOptional(),
  probability: z.number().min(0).max(1),
  claims: z.array(claim),
  /** At least one claim is grounded; what does not stand reaches no plan and no probe. */
  stands: z.boolean(),
});
export type OpinionHypothesis = z.infer<typeof hypothesis>;

export const opinionSchema = z.strictObject({
  hypotheses: z.array(hypothesis),
  critiques: z.array(claim.extend({ of: z.int() })),
  probes: z.array(z.strictObject({ probeId: z.string(), nodes: z.array(z.string()) })),
  predictSpeed: z.boolean(),
  /** The program that it wishes to be run over results of probes; absent where it wishes for none. */
  program: analysisWishSchema.exactOptional(),
  /** What was not taken at all, with the reason. */
  refused: z.array(z.strictObject({ what: z.string(), reason: z.string() })),
});
export type Opinion = z.infer<typeof opinionSchema>;

/** Best standing hypothesis; `undefined` where none stands. */
export function leadingOf({ hypotheses }: Opinion): OpinionHypothesis | undefined {
  return hypotheses.filter(({ stands }) => stands).toSorted((a, b) => b.probability - a.probability)[0];
}

export function struckOf({ hypotheses, critiques }: Opinion): number {
  return [...hypotheses.flatMap(({ claims }) => claims), ...critiques].filter(({ struck }) => struck !== undefined)
    .length;
}
