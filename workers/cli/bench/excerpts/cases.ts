import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { categories } from '../../../../kb/taxonomy.ts';
import { CommandFailure } from '../../output.ts';

export const caseSets = ['tuning', 'held-out'] as const;
export type CaseSet = (typeof caseSets)[number];

/** What a recorded incident says about itself: lines as published, names and addresses neutralised. */
export const caseSchema = z.strictObject({
  source: z.url(),
  confirmedCause: z.string().min(10),
  expect: z.strictObject({
    /** `null`: the excerpt cannot tell. */
    category: z.enum(categories).nullable(),
    /** `null`: either way is right, as long as the category comes first. */
    verdict: z.enum(['attributed', 'no-fault', 'not-proven']).nullable(),
    /** `null`: nothing in it is a fault, or no line tells it. */
    firstFaultIncludes: z.string().min(1).nullable(),
  }),
  set: z.enum(caseSets),
  /** The symptom by name; cases of one repository with one symptom stand in one set. */
  signature: z.string().regex(/^[a-z0-9-]+$/),
  /** The repository, owner/name. */
  family: z.string().regex(/^[\w.-]+\/[\w.-]+$/),
});

export type ExcerptCase = z.infer<typeof caseSchema> & { readonly name: string; readonly folder: string };

/** All cases of a set, in the order of their names. */
export function readCases(folder: string, set: CaseSet): readonly ExcerptCase[] {
  const inSet = path.join(folder, set);
  let names: readonly string[];
  try {
    names = readdirSync(inSet).toSorted();
  } catch (cause) {
    throw new CommandFailure(`${inSet}: there are no cases`, 'run this in a checkout, or name the folder with --dir', {
      cause,
    });
  }
  return names.map((name) => {
    const at = path.join(inSet, name);
    const parsed = caseSchema.safeParse(JSON.parse(readFileSync(path.join(at, 'incident.json'), 'utf8')));
    if (!parsed.success)
      throw new CommandFailure(`${at}/incident.json: ${z.prettifyError(parsed.error)}`, 'mend the file');
    return { ...parsed.data, name, folder: at };
  });
}
