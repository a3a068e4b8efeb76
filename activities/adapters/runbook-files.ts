import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { chunkMarkdown } from '../../kb/knowledge/chunk-markdown.ts';
import type { ReadDocument } from '../../kb/knowledge/plan-import.ts';
import { documentPathCharsMax } from '../../kb/knowledge/site-events.ts';
import { jsonDigest } from '../json-evidence.ts';
import { sha256Hex } from './s3-evidence.ts';

/** A file that is there and not taken, and why. */
export interface SkippedFile {
  readonly path: string;
  readonly why: string;
}

export interface RunbookFiles {
  readonly documents: readonly ReadDocument[];
  readonly skipped: readonly SkippedFile[];
  /** Files that are no Markdown. */
  readonly others: number;
}

const filesMax = 10_000;
// A runbook that a person reads is below 100 KB; a larger file is a log or a dump with another ending.
const fileBytesMax = 512 * 1024;

/** All Markdown files below a folder as documents `name/…`, in the order of their paths. Links are not followed. */
export async function readRunbooks(
  folder: string,
  name: string,
  onRead: (done: number, total: number, path: string) => void = () => undefined,
): Promise<RunbookFiles> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
    .filter((file) => !file.split('/').some((part) => part.startsWith('.') || part === 'node_modules'));
  const markdown = files.filter((file) => /\.(?:md|markdown)$/i.test(file)).toSorted();
  if (markdown.length > filesMax)
    throw new RangeError(`${folder} holds ${markdown.length} Markdown files; at most ${filesMax} are read`);
  const documents: ReadDocument[] = [];
  const skipped: SkippedFile[] = [];
  for (const [index, file] of markdown.entries()) {
    onRead(index, markdown.length, file);
    const read = await readOne(path.join(folder, file), `${name}/${file}`);
    if ('why' in read) skipped.push(read);
    else documents.push(read);
  }
  return { documents, skipped, others: files.length - markdown.length };
}

async function readOne(file: string, place: string): Promise<ReadDocument | SkippedFile> {
  if (place.length > documentPathCharsMax)
    return { path: place, why: `its path is longer than ${documentPathCharsMax} characters` };
  const { size } = await stat(file);
  if (size > fileBytesMax) return { path: place, why: `${size} bytes, at most ${fileBytesMax}` };
  const text = decode(await readFile(file));
  if (text === null) return { path: place, why: 'binary: no UTF-8 text' };
  try {
    const { title, chunks } = chunkMarkdown(place, text, (part) => sha256Hex(new TextEncoder().encode(part)));
    if (chunks.length === 0) return { path: place, why: 'empty' };
    return { path: place, title, chunks, sha256: jsonDigest({ title, chunks }) };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { path: place, why: error.message };
  }
}

function decode(bytes: Uint8Array): string | null {
  if (bytes.includes(0)) return null;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}
