import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { load, YAMLException } from 'js-yaml';
import { questionSchema, type Question } from '../../kb/benchmark/question.ts';

export interface QuestionProblem {
  /** Path below the folder, with `/`. */
  readonly file: string;
  /** Such as `cases.2.input`; empty where the whole file is meant. */
  readonly field: string;
  readonly message: string;
}

export interface QuestionFiles<Kind extends Question = Question> {
  /** In the order of their files. */
  readonly questions: readonly Kind[];
  /** Files that hold no question; the others count all the same. */
  readonly problems: readonly QuestionProblem[];
}

const filesMax = 1_000;
const fileBytesMax = 128 * 1024;

/** The questions in the folders `a`, `b` and `c` of a folder, or those of one part. */
export async function readQuestions<Part extends Question['part'] = Question['part']>(
  folder: string,
  part?: Part,
): Promise<QuestionFiles<Extract<Question, { part: Part }>>> {
  const parts: readonly Question['part'][] = part === undefined ? ['A', 'B', 'C'] : [part];
  const files = (await Promise.all(parts.map((each) => listFiles(folder, each)))).flat();
  if (files.length > filesMax)
    throw new Error(`${folder} holds ${files.length} questions; at most ${filesMax} are read`);
  const read = await Promise.all(files.map((file) => readOne(folder, file)));
  const isWanted = (question: Question): question is Extract<Question, { part: Part }> =>
    part === undefined || question.part === part;
  return {
    questions: read.flatMap(({ question }) => (question !== undefined && isWanted(question) ? [question] : [])),
    problems: read.flatMap(({ problems }) => problems),
  };
}

async function listFiles(folder: string, part: Question['part']): Promise<string[]> {
  const below = part.toLowerCase();
  const names = await readdir(path.join(folder, below)).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  });
  return names
    .filter((name) => name.endsWith('.yaml'))
    .toSorted()
    .map((name) => `${below}/${name}`);
}

interface ReadQuestion {
  readonly question?: Question;
  readonly problems: readonly QuestionProblem[];
}

async function readOne(folder: string, file: string): Promise<ReadQuestion> {
  const bytes = await readFile(path.join(folder, file));
  if (bytes.length > fileBytesMax) return unreadable(file, `${bytes.length} bytes, at most ${fileBytesMax}`);
  let value: unknown;
  try {
    value = load(bytes.toString('utf8'), { filename: file });
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    return unreadable(file, error.message);
  }
  const parsed = questionSchema.safeParse(value);
  if (!parsed.success)
    return {
      problems: parsed.error.issues.map((issue) => ({ file, field: issue.path.join('.'), message: issue.message })),
    };
  if (path.basename(file, '.yaml') !== parsed.data.id || !file.startsWith(`${parsed.data.part.toLowerCase()}/`))
    return {
      problems: [{ file, field: 'id', message: `${parsed.data.id} of part ${parsed.data.part} lies elsewhere` }],
    };
  return { question: parsed.data, problems: [] };
}

function unreadable(file: string, message: string): ReadQuestion {
  return { problems: [{ file, field: '', message }] };
}
