import { z } from 'zod';
import type { AnalysisRefusal } from '../analysis/refusal.ts';
import type { ToldProgram } from './case.ts';
import { readable } from './tagged.ts';

/** What is read of a stored analysis: a program, and what it answered or why it was refused. */
export const programOutcomeSchema = z.object({
  why: z.string().default(''),
  probeIds: z.array(z.string()).default([]),
  answer: z
    .array(
      z.object({
        kind: z.string(),
        node: z.string().optional(),
        device: z.object({ kind: z.string(), index: z.int().optional(), name: z.string().optional() }).optional(),
        numbers: z.record(z.string(), z.number()).default({}),
        sentence: z.string(),
      }),
    )
    .optional(),
  refusal: z
    .object({
      kind: z.string(),
      message: z.string().optional(),
      place: z.union([z.string(), z.object({ line: z.int(), column: z.int() })]).nullish(),
    })
    .optional(),
});
export type ProgramOutcome = z.infer<typeof programOutcomeSchema>;

const words: Readonly<Record<AnalysisRefusal['kind'], string>> = {
  syntax: 'it is no JavaScript',
  threw: 'it failed',
  'out-of-fuel': 'it took too many steps and was stopped',
  'too-slow': 'it ran too long and was stopped',
  'out-of-memory': 'it wanted too much memory',
  'too-deep': 'it called itself too deeply',
  'too-large': 'its text, its input or its answer is too large',
  'wrong-shape': 'what it returned is not in the form that was asked for',
};

/** A faster machine may have seen its end: what a deadline cut off does not follow from what was recorded. */
export function wasCutOff({ refusal }: ProgramOutcome): boolean {
  return refusal?.kind === 'too-slow';
}

/** Why a program has no result, in our words alone: what it says of itself is text of a model. Null where it has one. */
export function refusalOf({ answer, refusal }: ProgramOutcome): string | null {
  if (answer !== undefined) return null;
  const said = Object.entries(words).find(([kind]) => kind === refusal?.kind)?.[1];
  if (said === undefined) return 'the wish for it was not in the form that was asked for';
  const place = refusal?.place;
  return typeof place === 'object' && place !== null ? `${said} (line ${place.line}, column ${place.column})` : said;
}

const messageCharsMax = 200;

/** The same for the model that wrote it, with its own message, so that it can do better. */
export function toldProgram(outcome: ProgramOutcome): ToldProgram {
  const { why, probeIds, answer, refusal } = outcome;
  const refused = refusalOf(outcome);
  const message = refusal?.message === undefined ? '' : `: ${readable(refusal.message).slice(0, messageCharsMax)}`;
  const lines = (answer ?? []).map(({ kind, node, device, numbers, sentence }) => {
    const where = [node, device === undefined ? '' : `${device.kind} ${device.index ?? device.name ?? ''}`]
      .filter(Boolean)
      .join(' ');
    const figures = Object.entries(numbers).map(([name, value]) => `${name} ${value}`);
    return [kind, where, ...figures, sentence].filter(Boolean).join(', ');
  });
  return {
    probeIds,
    why,
    lines: refused === null ? (lines.length === 0 ? ['it found nothing'] : lines) : [`no result: ${refused}${message}`],
  };
}
