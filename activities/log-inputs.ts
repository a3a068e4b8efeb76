import pLimit from 'p-limit';
import { localEvidenceId } from '../kb/logs/fingerprint.ts';
import type { LogSource } from '../kb/logs/source-scan.ts';
import { findLocalLogs, unreadable, type LocalLog } from './adapters/local-logs.ts';
import { sniffed, unpacked, type Sniffed } from './adapters/unpack.ts';
import { PortError, type LogObject, type LogRanges } from './ports.ts';
import { logScans, type LogScans } from './scan-engine.ts';
import { openLocalScans, type LocalOptions, type LocalScans } from './scan-local.ts';
import { scanStream, stopped, untilStopped } from './scan-stream.ts';
import type { FileProgress, Scanned } from './scan-thread.ts';

/** One source that somebody asked to have read, wherever it lies. */
export interface LogInput {
  /** A path, `s3://bucket/key`, or `-`. */
  readonly name: string;
  /** As stored; `null` where nobody knows before the end. */
  readonly bytes: number | null;
  /** Stored without compression: then its size is the number of bytes that will be read. */
  readonly isPlain: boolean;
  readonly from: LocalLog | LogObject | 'stdin';
}

export interface LogInputs {
  readonly inputs: readonly LogInput[];
  /** Files that are no logs, but dumps of PyTorch's flight recorder. */
  readonly dumps: readonly LocalLog[];
  readonly isFolder: boolean;
  /** What is not read, in words. */
  readonly notes: readonly string[];
}

export interface LogPlaces {
  /** Raw logs in a bucket; asked for only where an input is in S3. */
  readonly s3: (bucket: string) => Promise<LogRanges>;
  readonly stdin: () => AsyncIterable<Uint8Array>;
}

/** A file, a folder, a pattern, `s3://bucket/prefix`, or `-` for standard input. */
export async function findLogInputs(given: string, places: LogPlaces): Promise<LogInputs> {
  if (given === '-')
    return {
      inputs: [{ name: '-', bytes: null, isPlain: false, from: 'stdin' }],
      dumps: [],
      isFolder: false,
      notes: [],
    };
  const address = s3Address(given);
  return address === null ? localInputs(given) : s3Inputs(address, await places.s3(address.bucket));
}

export interface S3Address {
  readonly bucket: string;
  readonly prefix: string;
}

/** `s3://bucket/prefix`; `null` for anything that does not begin like it. */
export function s3Address(given: string): S3Address | null {
  if (!given.startsWith('s3://')) return null;
  const found = /^s3:\/\/(?<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(?<prefix>.*))?$/.exec(given)?.groups;
  if (found?.['bucket'] === undefined)
    throw new PortError('not-found', `${given}: not an S3 address; write s3://bucket/prefix`);
  return { bucket: found['bucket'], prefix: found['prefix'] ?? '' };
}

async function localInputs(given: string): Promise<LogInputs> {
  const { logs: found, isFolder, leftOut } = await findLocalLogs(given);
  const logs = found.filter(({ isFlightDump }) => !isFlightDump);
  if (!isFolder && logs[0]?.content === 'binary') throw new PortError('malformed', `${given}: binary data, not a log`);
  const readable = logs.filter(({ content }) => content !== 'binary' && content !== 'empty');
  return {
    inputs: readable.map((log) => ({
      name: log.path,
      bytes: log.content === 'unknown' ? null : log.bytes,
      isPlain: log.content === 'text',
      from: log,
    })),
    dumps: found.filter(({ isFlightDump }) => isFlightDump),
    isFolder,
    notes: found.length > 0 && logs.length === 0 ? [] : notesOn(logs, leftOut),
  };
}

function notesOn(logs: readonly LocalLog[], leftOut: number): readonly string[] {
  const empty = logs.filter(({ content }) => content === 'empty').length;
  const binary = logs.filter(({ content }) => content === 'binary').length;
  const notes: string[] = [];
  if (logs.length === 0) notes.push('no files in this folder');
  else if (empty === logs.length) notes.push(logs.length === 1 ? 'the file is empty' : 'all files are empty');
  else if (empty > 0) notes.push(`${empty} empty files`);
  if (binary > 0) notes.push(`${binary} binary files left out`);
  if (leftOut > 0) notes.push(`${leftOut} entries left out: not readable, too deep or too many`);
  return notes;
}

// As many as of local files.
const objectsMax = 5_000;

async function s3Inputs({ bucket, prefix }: S3Address, store: LogRanges): Promise<LogInputs> {
  const { objects, truncated } = await store.list(prefix, { objectsMax });
  if (objects.length === 0) throw new PortError('not-found', `s3://${bucket}/${prefix}: no object has this prefix`);
  const filled = objects.filter(({ bytes }) => bytes > 0);
  return {
    inputs: filled.map((object) => ({
      name: `s3://${bucket}/${object.key}`,
      bytes: object.bytes,
      isPlain: !/\.(?:gz|zst)$/.test(object.key),
      from: object,
    })),
    dumps: [],
    isFolder: true,
    notes: [
      ...(filled.length < objects.length ? [`${objects.length - filled.length} empty objects`] : []),
      ...(truncated ? [`more than ${objectsMax} objects; the others are left out`] : []),
    ],
  };
}

export interface InputScans {
  scan(input: LogInput, progress?: FileProgress): Promise<Scanned>;
  close(): Promise<void>;
}

/** Files on all cores; streams one after the other, each read ahead of its scan. */
export function openInputScans(inputs: readonly LogInput[], places: LogPlaces, options: LocalOptions = {}): InputScans {
  const local: LocalScans = openLocalScans(inputs.map(({ from }) => from).filter(isLocal), options);
  const inOrder = pLimit(streamsAtOnceMax);
  let compiled: LogScans | null = null;
  let isClosed = false;
  const scanInput = async (
    name: string,
    from: LogObject | 'stdin',
    { content, chunks }: Sniffed,
    progress: FileProgress,
  ): Promise<Scanned> => {
    if (content === 'binary') throw new PortError('malformed', `${name}: binary data, not a log`);
    const source = { source: name, evidenceId: localEvidenceId(name), ...contextOf(from, options) };
    compiled ??= logScans();
    return scanStream(
      compiled,
      source,
      named(name, unpacked(chunks, content), () => isClosed),
      progress,
    );
  };
  return {
    scan({ name, from }, progress = {}) {
      if (isLocal(from)) return local.scan(from, progress);
      return inOrder(async () => {
        if (isClosed) throw stopped(name);
        const stream = await sniffed(storedChunks(from, places));
        try {
          return await scanInput(name, from, stream, progress);
        } finally {
          // An endless stream that nobody reads on would keep the process.
          await stream.close();
        }
      });
    },
    async close() {
      isClosed = true;
      await local.close();
    },
  };
}

// One is scanned while another is waited for; each may hold two ranges.
const streamsAtOnceMax = 2;

/** Logs in S3 are just logs: only what is read on this machine may hold notes of people. */
function contextOf(from: LogObject | 'stdin', { honoursNotes, ...context }: LocalOptions): Partial<LogSource> {
  if (from !== 'stdin') return { ...context, referenceMs: from.lastModifiedMs };
  return honoursNotes === undefined ? context : { ...context, honoursNotes };
}

async function* named(
  name: string,
  chunks: AsyncIterable<Uint8Array>,
  isClosed: () => boolean,
): AsyncGenerator<Uint8Array> {
  try {
    yield* untilStopped(name, () => chunks, isClosed);
  } catch (cause) {
    throw unreadable(name, cause);
  }
}

function isLocal(from: LogInput['from']): from is LocalLog {
  return from !== 'stdin' && 'inode' in from;
}

// A request takes tens of milliseconds, whatever it asks for; two of these are in memory at once.
const rangeBytes = 8 * 1024 * 1024;

async function* storedChunks(from: LogObject | 'stdin', places: LogPlaces): AsyncGenerator<Uint8Array> {
  if (from === 'stdin') {
    yield* places.stdin();
    return;
  }
  const store = await places.s3(from.bucket);
  const rangeFrom = async (at: number): Promise<Uint8Array> => {
    const bytes = Math.min(rangeBytes, from.bytes - at);
    const chunk = await store.readRange(from, { from: at, bytes });
    if (chunk.length === bytes) return chunk;
    throw new PortError(
      'refused',
      `s3://${from.bucket}/${from.key}: it became shorter while it was read; run this again`,
    );
  };
  let ahead = rangeFrom(0);
  for (let at = 0; at < from.bytes; at += rangeBytes) {
    const chunk = await ahead;
    if (at + rangeBytes < from.bytes) {
      ahead = rangeFrom(at + rangeBytes);
      ahead.catch(() => {}); // awaited in its turn; until then a failure is not unhandled
    }
    yield chunk;
  }
}
