import { z } from 'zod';
import { excerptCharsMax, type Finding } from '../../../workflows/domain/finding.ts';
import { withoutHidden } from '../../../workflows/domain/hidden-characters.ts';
import { redact } from '../../logs/redact.ts';
import { analysisKinds } from './kinds.ts';

/** Findings of one program; what needs more is a table and not an analysis. */
export const analysisFindingsMax = 20;
const numbersMax = 12;
const sentenceCharsMax = 240;

const kindIds = analysisKinds.map(({ id }) => id);

/** How a program's answer has to look; keys that are not named here make it wrong. */
const answerSchema = z
  .array(
    z.strictObject({
      kind: z.enum(kindIds),
      node: z.string().max(253).optional(),
      device: z
        .strictObject({
          kind: z.enum(['gpu', 'hca', 'disk', 'host']),
          index: z.int().min(0).max(1_023).optional(),
          name: z
            .string()
            .regex(/^[\w.:-]{1,64}$/)
            .optional(),
        })
        .optional(),
      numbers: z
        .record(z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,39}$/), z.number())
        .refine((numbers) => Object.keys(numbers).length <= numbersMax, `more than ${numbersMax} numbers`)
        .default({}),
      sentence: z.string().min(1).max(sentenceCharsMax),
    }),
  )
  .max(analysisFindingsMax);
export type AnalysisAnswer = z.infer<typeof answerSchema>;

export type ReadAnswer =
  | { readonly kind: 'answer'; readonly answer: AnalysisAnswer }
  /** `place` is a path in the answer, such as `2.kind`. */
  | { readonly kind: 'wrong-shape'; readonly message: string; readonly place: string };

/** Reads what a program returned, JSON text. Nodes that were not in its input do not exist for it. */
export function readAnswer(text: string, nodes: ReadonlySet<string>): ReadAnswer {
  const parsed = answerSchema.safeParse(parseJson(text));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    return { kind: 'wrong-shape', message: issue?.message ?? 'not as asked', place: issue?.path.join('.') ?? '' };
  }
  const foreign = parsed.data.findIndex(({ node }) => node !== undefined && !nodes.has(node));
  if (foreign !== -1)
    return { kind: 'wrong-shape', message: 'names a node that was not in its input', place: `${foreign}.node` };
  return { kind: 'answer', answer: parsed.data };
}

/** Who says it: stands in every finding and before every sentence, so that nobody takes it for a detector's. */
export const byModelCode = 'model-code';
const says = 'A program written by the model says: ';

/** The answer as findings of the incident: context, weightless, marked. `idOf` makes the id from what is found. */
export function analysisFindings(
  answer: AnalysisAnswer,
  evidenceId: string,
  idOf: (value: unknown) => string,
): readonly Finding[] {
  const findings = answer.map(({ kind, node, device, numbers, sentence }, place): Finding => {
    const text = `${says}“${shown(sentence)}”`;
    return {
      id: `f_${idOf({ kind, node: node ?? null, device: device ?? null, evidenceId, place })}`,
      kind,
      role: 'context',
      ...(node === undefined ? {} : { node }),
      ...(device === undefined ? {} : { device: plainDevice(device) }),
      count: 1,
      range: { evidenceId, source: 'program written by the model' },
      text: text.slice(0, excerptCharsMax),
      values: { ...numbers, by: byModelCode },
    };
  });
  return findings;
}

function plainDevice({ kind, index, name }: NonNullable<AnalysisAnswer[number]['device']>): Finding['device'] & {} {
  return { kind, ...(index === undefined ? {} : { index }), ...(name === undefined ? {} : { name }) };
}

/** One line of plain words: nothing that moves a cursor, opens a tag or closes the quotation. Pages escape it again. */
function shown(sentence: string): string {
  return redact(withoutHidden(sentence))
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[<>`“”]/g, "'")
    .trim();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
