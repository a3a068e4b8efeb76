import { opendir, open, stat, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { PortError } from '../ports.ts';

/** A local file that may hold a log. */
export interface LocalLog {
  readonly path: string;
  /** As stored, compressed or not. */
  readonly bytes: number;
  readonly modifiedMs: number;
  /** Which file it was when it was found: another one under the same name is a log that was rotated since. */
  readonly inode: number;
  readonly content: 'text' | 'gzip' | 'zstd' | 'binary' | 'empty';
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

/** The file, or all files under the folder, in a stable order. Links to folders are not followed. */
export async function findLocalLogs(given: string): Promise<LocalLogs> {
  const found = await stat(given).catch((cause: unknown) => {
    throw unreadable(given, cause);
  });
  if (!found.isDirectory()) return { logs: [await localLog(given)], isFolder: false, leftOut: 0 };
  const paths: string[] = [];
  let leftOut = await collect(given, folderDepthMax, paths);
  const logs: LocalLog[] = [];
  for (const one of paths.toSorted()) {
    const log = await localLog(one).catch(() => null);
    if (log === null) leftOut += 1;
    else logs.push(log);
  }
  return { logs, isFolder: true, leftOut };
}

/** What happened to a log between being found and having been read. */
export type LogChange = 'replaced' | 'grew' | 'shrank';

/**
 * The log's bytes, decompressed, in chunks: as many as the file has when it is opened, however fast it grows. What is
 * not as it was found is told; a pipe is read to its end.
 */
export async function* readLocalLog(
  log: LocalLog,
  onChange: (change: LogChange) => void = () => {},
): AsyncGenerator<Uint8Array> {
  const handle = await open(log.path, 'r').catch((cause: unknown) => {
    throw unreadable(log.path, cause);
  });
  try {
    const opened = await handle.stat();
    if (!opened.isFile()) yield* chunksOf(handle, log.content, Infinity);
    else {
      if (opened.ino !== log.inode) onChange('replaced');
      yield* chunksOf(handle, log.content, opened.size);
      const { size } = await handle.stat();
      if (size !== opened.size) onChange(size > opened.size ? 'grew' : 'shrank');
    }
  } catch (cause) {
    throw unreadable(log.path, cause);
  } finally {
    await handle.close();
  }
}

async function* chunksOf(
  handle: FileHandle,
  content: LocalLog['content'],
  bytesMax: number,
): AsyncGenerator<Uint8Array> {
  const raw = rawChunks(handle, bytesMax);
  if (content !== 'gzip' && content !== 'zstd') return yield* raw;
  const stored = Readable.from(raw);
  const unpack =
    content === 'gzip' ? createGunzip({ chunkSize: chunkBytes }) : createZstdDecompress({ chunkSize: chunkBytes });
  stored.on('error', (error) => unpack.destroy(error));
  try {
    for await (const chunk of stored.pipe(unpack)) yield chunk as Uint8Array; // byte streams without an encoding give buffers
  } finally {
    stored.destroy();
  }
}

const chunkBytes = 1024 * 1024;

/** From where the handle stands, so that pipes are read as files are. */
async function* rawChunks(handle: FileHandle, bytesMax: number): AsyncGenerator<Uint8Array, void> {
  for (let left = bytesMax; left > 0;) {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(chunkBytes), 0, Math.min(chunkBytes, left));
    if (bytesRead === 0) return;
    left -= bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/** Fills `into`; answers how many entries were left out because of a bound. */
async function collect(folder: string, depthLeft: number, into: string[]): Promise<number> {
  let leftOut = 0;
  for await (const entry of await opendir(folder)) {
    const full = path.join(folder, entry.name);
    if (entry.name.startsWith('.') || entry.name === sidecarName) continue;
    const kind = entry.isSymbolicLink() ? await linkedKind(full) : entry.isDirectory() ? 'folder' : 'file';
    if (kind === 'folder') {
      if (depthLeft <= 0 || entry.isSymbolicLink()) leftOut += 1;
      else leftOut += await collect(full, depthLeft - 1, into);
    } else if (kind === 'file') {
      if (into.length >= localFilesMax) leftOut += 1;
      else into.push(full);
    }
  }
  return leftOut;
}

async function linkedKind(link: string): Promise<'folder' | 'file' | 'nothing'> {
  const target = await stat(link).catch(() => null);
  return target === null ? 'nothing' : target.isDirectory() ? 'folder' : 'file';
}

async function localLog(file: string): Promise<LocalLog> {
  try {
    const { size, mtimeMs, ino } = await stat(file);
    const head = await readHead(file);
    return { path: file, bytes: size, modifiedMs: mtimeMs, inode: ino, content: contentOf(head) };
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

const headBytes = 8_192;

async function readHead(file: string): Promise<Uint8Array> {
  // A pipe gives its bytes once; what is read to look at them would be missing from the log.
  if (!(await stat(file)).isFile()) return new TextEncoder().encode('text');
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(headBytes), 0, headBytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

// Text has hardly any control characters; machine code, images and pickles are a third and more (our own count).
const binaryShareMin = 0.1;

function contentOf(head: Uint8Array): LocalLog['content'] {
  if (head.length === 0) return 'empty';
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip';
  if (head[0] === 0x28 && head[1] === 0xb5 && head[2] === 0x2f && head[3] === 0xfd) return 'zstd';
  // Rotation by truncation leaves a hole of NUL bytes before real text.
  const written = head.filter((byte) => byte !== 0);
  if (written.length === 0) return 'binary';
  const odd = written.filter(
    (byte) => (byte < 32 && byte !== 9 && byte !== 10 && byte !== 13 && byte !== 27) || byte === 127,
  );
  const invalid = new TextDecoder().decode(written).match(/\ufffd/g) ?? [];
  const holes = head.length - written.length;
  const scattered = holes > 0 && head[0] !== 0 ? holes : 0;
  return (odd.length + invalid.length + scattered) / head.length > binaryShareMin ? 'binary' : 'text';
}

function unreadable(file: string, cause: unknown): PortError {
  if (cause instanceof PortError) return cause;
  // System errors carry a code; anything else is told by its message.
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return new PortError('not-found', `${file}: no such file or folder`, { cause });
  if (code === 'EACCES' || code === 'EPERM') return new PortError('denied', `${file}: you may not read it`, { cause });
  if (code.startsWith('Z_') || code.startsWith('ZSTD_'))
    return new PortError('malformed', `${file}: the compressed data is damaged or cut off (${code})`, { cause });
  return new PortError('malformed', `${file}: cannot be read (${code === '' ? String(cause) : code})`, { cause });
}
