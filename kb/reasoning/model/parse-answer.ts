import type { z } from 'zod';
import {
  answerSchema,
  critiqueSchema,
  critiquesMax,
  hypothesesMax,
  hypothesisSchema,
  probesMax,
  probeWishSchema,
  programWishSchema,
  type AnswerCritique,
  type AnswerHypothesis,
  type AnswerProbeWish,
  type AnswerProgramWish,
} from './answer.ts';

export interface ModelAnswer {
  readonly hypotheses: readonly AnswerHypothesis[];
  readonly critiques: readonly AnswerCritique[];
  readonly probes: readonly AnswerProbeWish[];
  readonly predictSpeed: boolean;
  /** The program that it wishes to be run, if any. */
  readonly program: AnswerProgramWish | null;
  /** Entries that are not in the form, with the reason; the others count all the same. */
  readonly refused: readonly Refused[];
}

export interface Refused {
  /** Such as `hypothesis 2`. */
  readonly what: string;
  readonly reason: string;
}

export type ParsedAnswer =
  | { readonly kind: 'answer'; readonly answer: ModelAnswer }
  /** In our own words: it goes back to the model, and into the record. */
  | { readonly kind: 'malformed'; readonly problem: string };

/** What is longer than this was not written for us: an answer with every list full has some 30,000 characters. */
const answerCharsMax = 100_000;

/** Reads an answer out of whatever a model wrote around it: thoughts, fences, tags, words before and after. */
export function parseAnswer(text: string): ParsedAnswer {
  if (text.trim() === '') return malformed('the answer is empty');
  if (text.length > answerCharsMax) return malformed(`the answer is longer than ${answerCharsMax} characters`);
  const { values, isUnended } = spokenValues(text);
  if (values.length === 0) return malformed(isUnended ? 'a thought in it does not end' : lackOf(text));
  // Examples and drafts come before the answer.
  const shaped = values.toReversed().find((value) => answerSchema.safeParse(value).success);
  if (shaped === undefined) return malformed('the JSON object has no list "hypotheses"');
  return readLists(answerSchema.parse(shaped));
}

function readLists(found: z.infer<typeof answerSchema>): ParsedAnswer {
  const hypotheses = readList(found.hypotheses, hypothesisSchema, 'hypothesis', hypothesesMax);
  const critiques = readList(found.critiques, critiqueSchema, 'critique', critiquesMax);
  const probes = readList(found.probes, probeWishSchema, 'probe', probesMax);
  const program = readProgram(found.analysis);
  const refused = [...hypotheses.refused, ...critiques.refused, ...probes.refused, ...program.refused];
  if (hypotheses.read.length === 0 && found.hypotheses.length > 0)
    return malformed(`no hypothesis has the form that was asked for: ${refused[0]?.reason ?? ''}`);
  return {
    kind: 'answer',
    answer: {
      hypotheses: hypotheses.read,
      critiques: critiques.read,
      probes: probes.read,
      predictSpeed: found.predictSpeed,
      program: program.read,
      refused,
    },
  };
}

function readProgram(found: unknown): {
  readonly read: AnswerProgramWish | null;
  readonly refused: readonly Refused[];
} {
  if (found === undefined || found === null) return { read: null, refused: [] };
  const judged = programWishSchema.safeParse(found);
  if (!judged.success) {
    // Small models fill every field of the form: with nothing where they have nothing to say.
    const isNone = typeof found === 'object' && 'program' in found && found.program === '';
    return { read: null, refused: isNone ? [] : [{ what: 'program', reason: flawOf(judged.error) }] };
  }
  return { read: judged.data.program.trim() === '' ? null : judged.data, refused: [] };
}

function malformed(problem: string): ParsedAnswer {
  return { kind: 'malformed', problem };
}

const refusedMax = 10;

function readList<T>(
  list: readonly unknown[],
  schema: z.ZodType<T>,
  what: string,
  countMax: number,
): { readonly read: readonly T[]; readonly refused: readonly Refused[] } {
  const judged = list.slice(0, countMax).map((entry) => schema.safeParse(entry));
  const wrong = judged.flatMap((one, index) =>
    one.success ? [] : [{ what: `${what} ${index + 1}`, reason: flawOf(one.error) }],
  );
  const over = list.length - countMax;
  const surplus = over > 0 ? [{ what, reason: `${over} more than the ${countMax} that are taken` }] : [];
  return {
    read: judged.flatMap((one) => (one.success ? [one.data] : [])),
    refused: [...wrong, ...surplus].slice(0, refusedMax),
  };
}

/** Names the field, never what stood in it. */
function flawOf(error: z.ZodError): string {
  const [issue] = error.issues;
  // The outermost name is one of the form; what lies deeper may be a name of the model's own.
  const field = issue?.path.find((part) => typeof part === 'string') ?? '';
  return `${field === '' ? 'it' : `"${field}"`} is not in the form`;
}

function lackOf(text: string): string {
  return text.includes('{') ? 'the JSON object is cut off or not valid JSON' : 'there is no JSON object in the answer';
}

/** The last ones: the answer stands behind its drafts, and what is said after it is short. */
const objectsMax = 20;
/** Characters that are looked through, so that braces without end cost no more than forty answers. */
const scannedCharsMax = 40 * answerCharsMax;

/**
 * The outermost JSON objects of a text, in order; what is broken is passed over. Models that think aloud say what counts
 * after it, and a thought that does not end says nothing. A tag inside of an object stands in a quote.
 */
function spokenValues(text: string): { readonly values: readonly unknown[]; readonly isUnended: boolean } {
  const marks = /\{|<(\/?)(?:think|thinking|reasoning|scratchpad)>/gi;
  let values: readonly unknown[] = [];
  let before: readonly unknown[] | null = null;
  let scanned = 0;
  for (let mark = marks.exec(text); mark !== null && scanned < scannedCharsMax; mark = marks.exec(text)) {
    if (mark[0] !== '{') {
      const isEnd = mark[1] === '/';
      // Some servers cut the opening tag off: then all before the end was thought.
      if (isEnd) values = before ?? [];
      before = isEnd ? null : (before ?? values);
      continue;
    }
    const until = endOfObject(text, mark.index);
    scanned += (until ?? text.length) - mark.index;
    const value = until === null ? undefined : tryParse(text.slice(mark.index, until));
    if (value === undefined || until === null) continue;
    values = [...values, value].slice(-objectsMax);
    marks.lastIndex = until;
  }
  return before === null ? { values, isUnended: false } : { values: before, isUnended: true };
}

/** Index after the brace that closes the one at `from`; null where none does. */
function endOfObject(text: string, from: number): number | null {
  let depth = 0;
  let inString = false;
  for (let at = from; at < text.length; at += 1) {
    const character = text[at];
    if (inString) {
      if (character === '\\') at += 1;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === '{') depth += 1;
    else if (character === '}') {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return null;
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return tryLenient(text);
  }
}

/** Commas before a closing bracket are the one slip that small models make all the time. */
function tryLenient(text: string): unknown {
  try {
    return JSON.parse(text.replace(/,(\s*[}\]])/g, '$1'));
  } catch {
    return undefined;
  }
}
