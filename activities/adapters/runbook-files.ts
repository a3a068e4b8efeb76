import type { Dirent } from 'node:fs';
import { lstat, opendir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { chunkMarkdown } from '../../kb/knowledge/chunk-markdown.ts';
import { hasHidden } from '../../workflows/domain/hidden-characters.ts';
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

// Whoever names `/` by mistake is told within a second or two.
const entriesMax = 100_000;
const filesMax = 10_000;
// A runbook that a person reads is below 100 KB; a larger file is a log or a dump with another ending.
const fileBytesMax = 512 * 1024;
// All are held at once, and each is kept for good.
const folderBytesMax = 64 * 1024 * 1024;

/**
 * All Markdown files below a folder as documents `name/…`, in the order of their paths. Links are not followed. Throws
 * `RangeError` for a folder that holds too much.
 */
export async function readRunbooks(
  folder: string,
  name: string,
  onRead: (done: number, total: number, path: string) => void = () => undefined,
): Promise<RunbookFiles> {
  const files = await filesBelow(folder);
  const markdown = files.filter((file) => /\.(?:md|markdown)$/i.test(file)).toSorted();
  if (markdown.length > filesMax)
    throw new RangeError(`${folder} holds ${markdown.length} Markdown files; at most ${filesMax} are read`);
  const documents: ReadDocument[] = [];
  const skipped: SkippedFile[] = [];
  let bytes = 0;
  for (const [index, file] of markdown.entries()) {
    onRead(index, markdown.length, file);
    const read = await readOne(path.join(folder, file), `${name}/${file}`);
    if ('why' in read) {
      skipped.push(read);
      continue;
    }
    documents.push(read.document);
    bytes += read.bytes;
    if (bytes > folderBytesMax)
      throw new RangeError(`its Markdown files have more than ${folderBytesMax} bytes: import parts of it`);
  }
  return { documents, skipped, others: files.length - markdown.length };
}

/** Paths below a folder of all that is no folder. */
async function filesBelow(folder: string): Promise<readonly string[]> {
  const files: string[] = [];
  let entries = 0;
  for await (const entry of await opendir(folder, { recursive: true })) {
    entries += 1;
    if (entries > entriesMax) throw new RangeError(`it holds more than ${entriesMax} files and folders`);
    if (!entry.isDirectory()) files.push(pathBelow(folder, entry));
  }
  return files.filter((file) => !file.split('/').some((part) => part.startsWith('.') || part === 'node_modules'));
}

function pathBelow(folder: string, { parentPath, name }: Dirent): string {
  return path.relative(folder, path.join(parentPath, name)).split(path.sep).join('/');
}

async function readOne(
  file: string,
  place: string,
): Promise<{ readonly document: ReadDocument; readonly bytes: number } | SkippedFile> {
  if (place.length > documentPathCharsMax)
    return { path: place, why: `its path is longer than ${documentPathCharsMax} characters` };
  if (hasHidden(place) || place.includes('\n')) return { path: place, why: 'its path holds a control character' };
  const bytes = await bytesOf(file);
  if (typeof bytes === 'string') return { path: place, why: bytes };
  const text = decode(bytes);
  if (text === null) return { path: place, why: 'binary: no UTF-8 text' };
  try {
    const { title, chunks } = chunkMarkdown(place, text, (part) => sha256Hex(new TextEncoder().encode(part)));
    if (chunks.length === 0) return { path: place, why: 'empty' };
    const document = { path: place, title, chunks, sha256: jsonDigest({ title, chunks }) };
    return { document, bytes: bytes.length };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { path: place, why: error.message };
  }
}

/** What a file holds, or why it is not read. */
async function bytesOf(file: string): Promise<Uint8Array | string> {
  try {
    const found = await lstat(file);
    if (found.isSymbolicLink()) return 'a link: links are not followed';
    if (!found.isFile()) return 'no regular file';
    if (found.size > fileBytesMax) return `${found.size} bytes, at most ${fileBytesMax}`;
    return await readFile(file);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
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
