import { createReadStream } from 'node:fs';
import { YAMLException } from 'js-yaml';
import { z } from 'zod';
import { parseYaml, placesIn } from '../../../activities/adapters/yaml-places.ts';
import { PortError } from '../../../activities/ports.ts';
import type { RunProblem } from '../../../kb/performance/prediction.ts';
import { trainingRunSchema, type TrainingRun } from '../../../kb/schemas/training-run.ts';
import { CommandFailure, exitCodes } from '../output.ts';
import { parseJsonLine } from './json-column.ts';
import { linesOf } from './lines-of.ts';
import { misnamedFields } from './misnamed-fields.ts';

/** Something wrong with a run, and where it stands: `runs.jsonl:17:42`. */
export interface PlacedProblem extends RunProblem {
  readonly place: string;
}

/** One run of a file, in the file's order. A run without `id` is called after its place. */
export type RunEntry =
  | {
      readonly kind: 'run';
      readonly id: string;
      readonly run: TrainingRun;
      readonly placeOf: (field: string) => string;
    }
  | { readonly kind: 'wrong'; readonly id: string; readonly problems: readonly PlacedProblem[] }
  | { readonly kind: 'skipped'; readonly id: string; readonly rowKind: string };

/** A file, or standard input, as it comes. */
export interface RunSource {
  readonly name: string;
  readonly chunks: AsyncIterable<Uint8Array>;
}

// A thousand times what a run takes; a document is held in memory, JSONL is not.
const documentCharactersMax = 64 * 1024 * 1024;

export function openRuns(file: string): RunSource {
  // Standard input is descriptor 0 on every system.
  return file === '-'
    ? { name: 'standard input', chunks: createReadStream('', { fd: 0 }) }
    : { name: file, chunks: createReadStream(file) };
}

/**
 * The runs of a source: JSONL by its name or by its first line, else one YAML or JSON document that is a run or a list
 * of runs. JSONL is read line by line, and a line that is wrong does not stop the others.
 */
export async function* readRuns({ name, chunks }: RunSource): AsyncGenerator<RunEntry> {
  let kind: 'lines' | 'document' | null = /\.(jsonl|ndjson)$/.test(name) ? 'lines' : null;
  const held: string[] = [];
  let characters = 0;
  let line = 0;
  for await (const text of linesOf(chunks, name)) {
    line += 1;
    const isBlank = text.trim() === '';
    if (kind === null && !isBlank) kind = beginsLines(text) ? 'lines' : 'document';
    if (kind === 'lines') {
      if (!isBlank) yield lineEntry(name, line, text);
      continue;
    }
    characters += text.length + 1;
    if (characters > documentCharactersMax)
      throw new CommandFailure(
        `${name} has more than ${documentCharactersMax} characters`,
        'give long lists as JSONL, one run a line',
        { exitCode: exitCodes.usage },
      );
    held.push(text);
  }
  if (kind !== 'lines') yield* documentEntries(name, held);
}

/** A whole object on the first line is JSONL; a document of one line reads the same. */
function beginsLines(text: string): boolean {
  if (!text.trimStart().startsWith('{')) return false;
  const parsed = parseJsonLine(text);
  return 'value' in parsed;
}

function lineEntry(name: string, line: number, text: string): RunEntry {
  const parsed = parseJsonLine(text);
  const at = `${name}:${line}`;
  if ('value' in parsed)
    return entryOf(parsed.value, at, (path) =>
      placeWith(
        at,
        columnOf(text, path.at(-1), (key) => JSON.stringify(key)),
      ),
    );
  const problem = { field: '(line)', reason: parsed.reason, place: placeWith(at, parsed.column) };
  return { kind: 'wrong', id: at, problems: [problem] };
}

function* documentEntries(name: string, lines: readonly string[]): Generator<RunEntry> {
  const text = lines.join('\n');
  const value = lines.every((line) => /^\s*(#|$)/.test(line)) ? null : parseDocument(name, text);
  if (value === undefined || value === null || (Array.isArray(value) && value.length === 0))
    throw new CommandFailure(`${name} holds no run`, advice, { exitCode: exitCodes.usage });
  const lineOf = placesIn(text);
  const rows: readonly unknown[] = Array.isArray(value) ? value : [value];
  for (const [at, row] of rows.entries()) {
    const above = Array.isArray(value) ? [at] : [];
    const lineFrom = lineOf(above);
    yield entryOf(row, `${name}:${lineFrom}`, (path) => {
      const line = lineOf([...above, ...path]);
      return placeWith(
        `${name}:${line}`,
        columnOf(lines[line - 1] ?? '', path.at(-1), (key) => key),
      );
    });
  }
}

const advice = 'see `wardround perf predict --help` for an example';

/** JSON where it is, tabs and all; else YAML. */
function parseDocument(name: string, text: string): unknown {
  try {
    if (/^\s*[[{]/.test(text)) return JSON.parse(text);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
  }
  try {
    return parseYaml(name, text);
  } catch (cause) {
    if (!(cause instanceof PortError)) throw cause;
    const { mark, reason } = cause.cause instanceof YAMLException ? cause.cause : {};
    const message = mark === undefined ? cause.message : `${name}:${mark.line + 1}:${mark.column + 1}: ${reason}`;
    throw new CommandFailure(message, advice, { exitCode: exitCodes.usage, cause });
  }
}

/** What says which row this is. Ids may be numbers; one that is no name counts as none. */
const headSchema = z.looseObject({
  /** A word of published tables: everything else than `training` is no run. */
  kind: z.unknown().optional(),
  id: z
    .union([z.string().min(1).max(200), z.number().transform(String)])
    .nullish()
    .catch(null),
});

function entryOf(value: unknown, at: string, placeOf: (path: readonly PropertyKey[]) => string): RunEntry {
  const head = headSchema.safeParse(value);
  if (!head.success) return wrong(at, {}, head.error, placeOf);
  const { id: named, ...fields } = head.data;
  const id = named ?? at;
  if (typeof fields.kind === 'string' && fields.kind !== 'training')
    return { kind: 'skipped', id, rowKind: fields.kind };
  const parsed = trainingRunSchema.safeParse(fields);
  if (!parsed.success) return wrong(id, fields, parsed.error, placeOf);
  return { kind: 'run', id, run: { ...parsed.data, id }, placeOf: (field) => placeOf(field.split('.')) };
}

function wrong(
  id: string,
  fields: Readonly<Record<string, unknown>>,
  { issues }: z.ZodError,
  placeOf: (path: readonly PropertyKey[]) => string,
): RunEntry {
  const problems = issues.map(({ path, message }) => {
    const field = path.join('.');
    const isMissing = path.length === 1 && !Object.hasOwn(fields, field);
    return {
      field: field || '(run)',
      reason: isMissing ? missingText(field, fields) : message,
      place: placeOf(path),
    };
  });
  return { kind: 'wrong', id, problems };
}

function missingText(missing: string, fields: Readonly<Record<string, unknown>>): string {
  const other = misnamedFields(fields).find(({ called }) => called === missing);
  if (other !== undefined) return `missing; ${other.field} is not read`;
  return Object.hasOwn(fields, '<<') ? 'missing; the merge key << is not read, an alias of a whole run is' : 'missing';
}

function placeWith(at: string, column: number | null): string {
  return column === null ? at : `${at}:${column}`;
}

/** Of the key in its line, from 1. */
function columnOf(line: string, key: PropertyKey | undefined, written: (key: string) => string): number | null {
  const at = typeof key === 'string' && key !== '' ? line.indexOf(written(key)) : -1;
  return at === -1 ? null : at + 1;
}
