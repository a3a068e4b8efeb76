import { glob, lstat, open, opendir, stat, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { looksLikeFlightDump } from '../../kb/logs/flight-recorder/sniff.ts';
import { PortError } from '../ports.ts';
import { headBytes, sniffed, storedContentOf, unpacked, type StoredContent } from './unpack.ts';

/** A local file that may hold a log. */
export interface LocalLog {
  readonly path: string;
  /** As stored, compressed or not. */
  readonly bytes: number;
  readonly modifiedMs: number;
  /** Which file it was when it was found: another one under the same name is a log that was rotated since. */
  readonly inode: number;
  /** `unknown` of a pipe: what is read to look at it would be missing from the log. */
  readonly content: StoredContent | 'unknown';
  /** Looks like a dump of PyTorch's flight recorder, which is no log. */
  readonly isFlightDump: boolean;
}

export interface LocalLogs {
  readonly logs: readonly LocalLog[];
  readonly isFolder: boolean;
  /** Files beyond the bounds, and ones that could not be opened. */
  readonly leftOut: number;
}

export const localFilesMax = 5_000;
const folderDepthMax = 16;

/** What belongs to a recorded incident but is no log: the facts it should yield. */
const sidecarName = 'incident.json';

/**
 * The file, or all files under the folder, or all that the pattern matches, in a stable order, each once under whatever
 * names. Links to folders are not followed. A pattern is taken as one only where no file has that very name.
 */
export async function findLocalLogs(given: string): Promise<LocalLogs> {
  const found = await stat(given).catch((cause: unknown) => {
    if (isPattern(given) && isMissing(cause)) return null;
    throw unreadable(given, cause);
  });
  if (found !== null && !found.isDirectory())
    return { logs: [(await localLog(given)).log], isFolder: false, leftOut: 0 };
  const paths = new Set<string>();
  let leftOut = 0;
  try {
    leftOut = found === null ? await collectMatching(given, paths) : await collect(given, folderDepthMax, paths);
  } catch (cause) {
    throw unreadable(given, cause);
  }
  if (found === null && paths.size === 0) throw new PortError('not-found', `${given}: no file matches this pattern`);
  const files: FoundLog[] = [];
  for (const one of [...paths].toSorted()) {
    const file = await localLog(one).catch(() => null);
    if (file === null) leftOut += 1;
    else files.push(file);
  }
  return { logs: eachOnce(files), isFolder: true, leftOut };
}

interface FoundLog {
  readonly log: LocalLog;
  readonly device: number;
  readonly isLink: boolean;
}

/** `latest.log` is a link to one of its neighbours more often than not: its lines would count twice. */
function eachOnce(files: readonly FoundLog[]): readonly LocalLog[] {
  const known = new Map<string, LocalLog>();
  for (const { log, device } of files.toSorted((a, b) => Number(a.isLink) - Number(b.isLink))) {
    // Some file systems number nothing.
    const key = log.inode === 0 ? log.path : `${device}:${log.inode}`;
    if (!known.has(key)) known.set(key, log);
  }
  return [...known.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

/** What happened to a log between being found and having been read. */
export type LogChange = 'replaced' | 'grew' | 'shrank';

/**
 * The log's bytes, decompressed, in chunks: as many as the file has when it is opened, however fast it grows. What is
 * not as it was found is told; a pipe is read to its end. `passing`: nobody needs a chunk once the next is asked for, so
 * that the same memory can be filled again; otherwise each is good for ever.
 */
export async function* readLocalLog(
  log: LocalLog,
  onChange: (change: LogChange) => void = () => {},
  chunks: 'kept' | 'passing' = 'kept',
): AsyncGenerator<Uint8Array> {
  const handle = await open(log.path, 'r').catch((cause: unknown) => {
    throw unreadable(log.path, cause);
  });
  try {
    const opened = await handle.stat();
    if (!opened.isFile()) {
      const piped = await sniffed(rawChunks(handle, Infinity));
      if (piped.content === 'binary') throw new PortError('malformed', `${log.path}: binary data, not a log`);
      yield* unpacked(piped.chunks, piped.content);
    } else {
      if (opened.ino !== log.inode) onChange('replaced');
      const content = log.content === 'unknown' ? 'text' : log.content;
      // A decompressor reads ahead of what it gives out.
      const isPassing = chunks === 'passing' && content === 'text';
      yield* unpacked(rawChunks(handle, opened.size, isPassing), content);
      const { size } = await handle.stat();
      if (size !== opened.size) onChange(size > opened.size ? 'grew' : 'shrank');
    }
  } catch (cause) {
    throw unreadable(log.path, cause);
  } finally {
    await handle.close();
  }
}

const chunkBytes = 1024 * 1024;

/** From where the handle stands, so that pipes are read as files are. */
async function* rawChunks(handle: FileHandle, bytesMax: number, isPassing = false): AsyncGenerator<Uint8Array, void> {
  let used: Buffer | null = null;
  for (let left = bytesMax; left > 0;) {
    // Not more than there is: thousands of small files would leave gigabytes of empty buffers behind.
    const wanted = Math.min(chunkBytes, left);
    const into: Buffer = used ?? Buffer.allocUnsafe(wanted);
    if (isPassing) used = into;
    const { buffer, bytesRead } = await handle.read(into, 0, wanted);
    if (bytesRead === 0) return;
    left -= bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

function isPattern(given: string): boolean {
  return /[*?[{]/.test(given);
}

async function collectMatching(pattern: string, into: Set<string>): Promise<number> {
  let leftOut = 0;
  for await (const match of glob(pattern)) {
    const kind = await linkedKind(match);
    if (kind === 'folder') leftOut += await collectBelow(match, folderDepthMax, into);
    else if (kind === 'file' && (into.size < localFilesMax || into.has(match))) into.add(match);
    else leftOut += 1;
  }
  return leftOut;
}

/** Fills `into`; answers how many entries were left out because of a bound, or because they are no files. */
async function collect(folder: string, depthLeft: number, into: Set<string>): Promise<number> {
  let leftOut = 0;
  for await (const entry of await opendir(folder)) {
    const full = path.join(folder, entry.name);
    if (entry.name.startsWith('.') || entry.name === sidecarName) continue;
    const kind = entry.isSymbolicLink() ? await linkedKind(full) : kindOf(entry);
    if (kind === 'folder') {
      if (depthLeft <= 0 || entry.isSymbolicLink()) leftOut += 1;
      else leftOut += await collectBelow(full, depthLeft - 1, into);
    } else if (kind === 'file') {
      if (into.size >= localFilesMax && !into.has(full)) leftOut += 1;
      else into.add(full);
    } else if (kind === 'other') leftOut += 1;
  }
  return leftOut;
}

/** One folder that may not be read does not keep its neighbours from being read. */
async function collectBelow(folder: string, depthLeft: number, into: Set<string>): Promise<number> {
  return collect(folder, depthLeft, into).catch(() => 1);
}

/** `other`: a pipe, a socket, a device; reading one that nobody meant may wait for ever. */
type EntryKind = 'folder' | 'file' | 'other' | 'nothing';

function kindOf(entry: { isDirectory(): boolean; isFile(): boolean }): EntryKind {
  return entry.isDirectory() ? 'folder' : entry.isFile() ? 'file' : 'other';
}

async function linkedKind(link: string): Promise<EntryKind> {
  const target = await stat(link).catch(() => null);
  return target === null ? 'nothing' : kindOf(target);
}

async function localLog(file: string): Promise<FoundLog> {
  try {
    const found = await stat(file);
    const { size, mtimeMs, ino, dev } = found;
    const looked = found.isFile() ? await lookInto(file, size) : pipe;
    const isLink = (await lstat(file)).isSymbolicLink();
    return { log: { path: file, bytes: size, modifiedMs: mtimeMs, inode: ino, ...looked }, device: dev, isLink };
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

type Looked = Pick<LocalLog, 'content' | 'isFlightDump'>;

const pipe: Looked = { content: 'unknown', isFlightDump: false };

async function lookInto(file: string, size: number): Promise<Looked> {
  const handle = await open(file, 'r');
  try {
    const read = async (at: number): Promise<Uint8Array> => {
      const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(headBytes), 0, headBytes, at);
      return buffer.subarray(0, bytesRead);
    };
    const head = await read(0);
    // A log that was cut while its writer went on begins with a hole as long as what was cut; its end tells more.
    const isHole = head.length > 0 && head.every((byte) => byte === 0);
    return {
      content: storedContentOf(isHole ? await read(Math.max(0, size - headBytes)) : head),
      isFlightDump: looksLikeFlightDump(head, file),
    };
  } finally {
    await handle.close();
  }
}

function isMissing(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR');
}

/** Trouble of the system or of decompression, with the name of what was read. */
export function unreadable(file: string, cause: unknown): PortError {
  if (cause instanceof PortError) return cause;
  // System errors carry a code; anything else is told by its message.
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  if (isMissing(cause)) return new PortError('not-found', `${file}: no such file or folder`, { cause });
  if (code === 'EACCES' || code === 'EPERM') return new PortError('denied', `${file}: you may not read it`, { cause });
  if (code.startsWith('Z_') || code.startsWith('ZSTD_'))
    return new PortError('malformed', `${file}: the compressed data is damaged or cut off (${code})`, { cause });
  return new PortError('malformed', `${file}: cannot be read (${code === '' ? String(cause) : code})`, { cause });
}
