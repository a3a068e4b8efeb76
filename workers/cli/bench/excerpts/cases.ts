import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { categories } from '../../../../kb/taxonomy.ts';
import { CommandFailure } from '../../output.ts';

/** Sets that stand in folders of their names. */
export const caseSets = ['tuning', 'held-out'] as const;
export type CaseSet = (typeof caseSets)[number];

/** `incidents`: the older cases beside those folders, tuned on as well; `cases`: those of a folder of somebody's own. */
export const measuredSets = ['tuning', 'incidents', 'held-out', 'cases'] as const;
export type MeasuredSet = (typeof measuredSets)[number];

const expectation = z.strictObject({
  /** `null`: the excerpt cannot tell. */
  category: z.enum(categories).nullable(),
  /** `null`: either way is right, as long as the category comes first. */
  verdict: z.enum(['attributed', 'no-fault', 'not-proven']).nullable(),
  /** `null`: nothing in it is a fault, or no line tells it. */
  firstFaultIncludes: z.string().min(1).nullable(),
});

/** What a recorded incident says about itself: lines as published, names and addresses neutralised. */
export const caseSchema = z.strictObject({
  source: z.url(),
  confirmedCause: z.string().min(10),
  expect: expectation,
  set: z.enum(caseSets),
  /** The symptom by name; cases of one repository with one symptom stand in one set. */
  signature: z.string().regex(/^[a-z0-9-]+$/),
  /** The repository, owner/name. */
  family: z.string().regex(/^[\w.-]+\/[\w.-]+$/),
});

/** A case of somebody's own, or one that belongs to no set: where it is from may be said in any words. */
const looseSchema = z.strictObject({
  source: z.string().min(1).optional(),
  confirmedCause: z.string().min(1),
  expect: expectation.extend({
    verdict: expectation.shape.verdict.default(null),
    firstFaultIncludes: expectation.shape.firstFaultIncludes.optional(),
  }),
  set: z.string().optional(),
  signature: z.string().optional(),
  family: z.string().optional(),
});

export type ExcerptCase = z.infer<typeof caseSchema> & { readonly name: string; readonly folder: string };

/** The part of a case that is measured. `firstFaultIncludes` is absent where nobody has said it. */
export interface MeasuredCase extends z.infer<typeof looseSchema> {
  readonly name: string;
  readonly folder: string;
}

const sidecar = 'incident.json';

/** All cases of a set, in the order of their names. */
export function readCases(folder: string, set: CaseSet): readonly ExcerptCase[] {
  const inSet = path.join(folder, set);
  return folderNames(inSet).map((name) => {
    const at = path.join(inSet, name);
    return { ...readSidecar(at, caseSchema), name, folder: at };
  });
}

/** Which sets a folder has: those of the project, or one of somebody's own. */
export function setsIn(folder: string): readonly MeasuredSet[] {
  const ofProject = caseSets.filter((set) => existsSync(path.join(folder, set)));
  if (ofProject.length === 0) return ['cases'];
  return measuredSets.filter((set) => set === 'incidents' || ofProject.some((one) => one === set));
}

/** The cases of a set as they are measured; each has its form checked, and at least one log beside it. */
export function readMeasured(folder: string, set: MeasuredSet): readonly MeasuredCase[] {
  const found = set === 'incidents' || set === 'cases' ? looseCases(folder, set) : readCases(folder, set);
  const [without] = found.filter((one) => !hasLogs(one.folder));
  if (without !== undefined)
    throw new CommandFailure(`${without.folder}: there is no log beside ${sidecar}`, 'put it there');
  return found;
}

function looseCases(folder: string, set: 'incidents' | 'cases'): readonly MeasuredCase[] {
  if (set === 'cases' && existsSync(path.join(folder, sidecar)))
    return [{ ...readSidecar(folder, looseSchema), name: path.basename(folder), folder }];
  const names = folderNames(folder).filter((name) => set === 'cases' || name.startsWith('incident-'));
  if (names.length === 0)
    throw new CommandFailure(
      `${folder}: there are no cases`,
      `a case is a folder with ${sidecar} and the logs beside it; see test/incidents/tuning`,
    );
  return names.map((name) => {
    const at = path.join(folder, name);
    return { ...readSidecar(at, looseSchema), name, folder: at };
  });
}

function folderNames(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map(({ name }) => name)
      .toSorted();
  } catch (cause) {
    throw new CommandFailure(`${folder}: there are no cases`, 'run this in a checkout, or name the folder with --dir', {
      cause,
    });
  }
}

function readSidecar<T>(folder: string, schema: z.ZodType<T>): T {
  const file = path.join(folder, sidecar);
  const parsed = schema.safeParse(readJson(file));
  if (parsed.success) return parsed.data;
  const places = parsed.error.issues.slice(0, issuesShownMax).map((issue) => `${fieldOf(issue)}: ${issue.message}`);
  throw new CommandFailure(`${file}: ${places.join('; ')}`, 'mend the file; test/incidents/tuning shows the form');
}

const issuesShownMax = 5;

function fieldOf({ path: at, ...issue }: z.core.$ZodIssue): string {
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys : [];
  return [...at.map(String), ...unknown.slice(0, 1)].join('.') || 'the whole';
}

function readJson(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new CommandFailure(
      `${file}: it is not there, or cannot be read`,
      'a case is a folder with this file and its logs',
      {
        cause,
      },
    );
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CommandFailure(`${file}: no JSON (${why})`, 'mend the file', { cause });
  }
}

function hasLogs(folder: string): boolean {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).some(
    (name) => path.basename(name) !== sidecar && statSync(path.join(folder, name)).isFile(),
  );
}
