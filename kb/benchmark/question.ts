import { z } from 'zod';
import { categories } from '../../workflows/domain/categories.ts';

/*
 * The three parts of the paper's benchmark (section 5.1.2). Each question is made from one record that mode `fair`
 * hides; how they are made stands in docs/benchmark.md.
 */

const common = {
  /** The record it was made from. */
  record: z.string().min(3),
};

/** Part A, extraction: hosts and ports from a conversation full of other things, and whether to go on. */
const extractionSchema = z.strictObject({
  ...common,
  id: z.string().regex(/^a-\d{3}$/),
  part: z.literal('A'),
  conversation: z
    .array(z.strictObject({ role: z.enum(['user', 'assistant', 'tool']), text: z.string().min(1).max(2_000) }))
    .min(2)
    .max(16),
  /** Stand in the conversation, and must not be in the answer: commands, addresses of others, old ports. */
  decoys: z.array(z.string().min(3).max(200)).min(1).max(8),
  expect: z.strictObject({
    /** The nodes to look at, in the order in which the conversation settles on them. */
    hosts: z
      .array(z.strictObject({ address: z.string(), port: z.int().min(1).max(65_535) }))
      .min(1)
      .max(8),
    /** Whether the diagnosis goes on, or is over by what was said last. */
    next: z.enum(['continue', 'stop']),
  }),
});

const runCaseSchema = z.strictObject({ input: z.string().max(8_000), output: z.json() });

/** Part B, a program to write, judged by running it: standard input to one JSON value on standard output. */
const programSchema = z.strictObject({
  ...common,
  id: z.string().regex(/^b-\d{3}$/),
  part: z.literal('B'),
  /** What to analyse, the form of input and output, units, and what to do with missing or odd lines. */
  task: z.string().min(100).max(3_000),
  /** Shown with the task. */
  examples: z.array(runCaseSchema).min(1).max(3),
  /** Kept back; a program is right when all come out. */
  cases: z.array(runCaseSchema).min(4).max(12),
  /** A program that is right: plain JavaScript for Node, no packages. */
  solution: z.string().min(20).max(6_000),
  /** Programs that look right and are not; the cases must tell them. */
  mistakes: z
    .array(z.strictObject({ why: z.string().min(10).max(300), program: z.string().min(20).max(6_000) }))
    .min(2)
    .max(4),
});

/** Part C, attribution: one cause of several that share what is seen. */
const attributionSchema = z.strictObject({
  ...common,
  id: z.string().regex(/^c-\d{3}$/),
  part: z.literal('C'),
  /** What an engineer has in front of them: lines, readings, what was checked. Never the cause. */
  shown: z.string().min(150).max(4_000),
  question: z.string().min(10).max(300),
  choices: z
    .array(
      z.strictObject({
        label: z.enum(['A', 'B', 'C', 'D', 'E']),
        category: z.enum(categories),
        text: z.string().min(15).max(400),
      }),
    )
    .min(4)
    .max(5),
  answer: z.enum(['A', 'B', 'C', 'D', 'E']),
  /** What in `shown` speaks for the answer and against each other choice. */
  why: z.string().min(40).max(1_200),
});

export const questionSchema = z.discriminatedUnion('part', [extractionSchema, programSchema, attributionSchema]);
export type Question = z.infer<typeof questionSchema>;
export type ExtractionQuestion = z.infer<typeof extractionSchema>;
export type ProgramQuestion = z.infer<typeof programSchema>;
export type AttributionQuestion = z.infer<typeof attributionSchema>;
