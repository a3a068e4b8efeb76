import { readdir, readFile, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import path from 'node:path';
import { load, YAMLException } from 'js-yaml';
import { parseRecord, type ParsedRecord, type RecordProblem } from '../../kb/knowledge/parse-record.ts';
import type { PlacedRecord } from '../../kb/knowledge/check-records.ts';

export interface RecordFiles {
  readonly placed: readonly PlacedRecord[];
  /** Files that hold no record; the others count all the same. */
  readonly problems: readonly RecordProblem[];
}

/** The folder with the records that ship. */
export const shippedRecordsFolder = fileURLToPath(new URL('../../kb/records/', import.meta.url));

const filesMax = 20_000;
const fileBytesMax = 64 * 1024;

/** All `*.yaml` below a folder as records, in the order of their paths. */
export async function readRecordFiles(folder: string = shippedRecordsFolder): Promise<RecordFiles> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.yaml')).toSorted();
  if (names.length > filesMax) throw new Error(`${folder} holds ${names.length} records; at most ${filesMax} are read`);
  const placed: PlacedRecord[] = [];
  const problems: RecordProblem[] = [];
  for (const name of names) {
    const place = name.split(path.sep).join('/');
    const read = await readOne(path.join(folder, name), place).catch((error: unknown) => {
      if (!isFileError(error)) throw error;
      return unreadable(place, `cannot be read (${error.code})`);
    });
    if (read.record === undefined) problems.push(...read.problems);
    else placed.push({ place, record: read.record });
  }
  return { placed, problems };
}

/** One file, which may lie anywhere. */
export async function readRecordFile(file: string): Promise<ParsedRecord> {
  return readOne(file, file);
}

async function readOne(file: string, place: string): Promise<ParsedRecord> {
  const found = await stat(file);
  if (!found.isFile()) return unreadable(place, 'is no regular file');
  if (found.size > fileBytesMax) return unreadable(place, `${found.size} bytes, at most ${fileBytesMax}`);
  const bytes = await readFile(file);
  try {
    return parseRecord(place, load(bytes.toString('utf8'), { filename: place }));
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    return unreadable(place, error.message);
  }
}

function isFileError(error: unknown): error is Error & { readonly code: string } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}

function unreadable(place: string, message: string): ParsedRecord {
  return { problems: [{ place, id: null, rule: 'yaml', message }] };
}
