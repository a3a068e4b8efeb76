import { z } from 'zod';
import { categories } from '../../workflows/domain/categories.ts';

/** An entry of the knowledge base: the paper's four fields (section 4.2.1), and what telling causes apart needs. */
export const recordSchema = z.strictObject({
  /** Stable, kebab-case: symptom plus signal. */
  problemkey: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)+$/),
  /** Our own summary, two to five sentences, with exact error strings. */
  rawtext: z.string().min(40).max(4000),
  /** Which probe separates this cause from its neighbours, with the value if present and if absent. */
  function: z.string().min(10).max(1000),
  /** One cause: the one whose removal fixed it. */
  result: z.string().min(10).max(1000),
  category: z.enum([...categories, 'unlisted']),
  remedy: z.string().min(3).max(1000),
  /** Finding kinds, codes or literals that announce it. */
  signals: z.array(z.string().min(2).max(200)).min(1).max(20),
  not_this_if: z.array(z.string().min(3).max(400)).max(10),
  source: z.url(),
  /** Probe ids of `kb/probes` that confirm it. */
  probes: z.array(z.string()).max(10).default([]),
});

export type KnowledgeRecord = z.infer<typeof recordSchema>;
