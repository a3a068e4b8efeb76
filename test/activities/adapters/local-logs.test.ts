import { execFileSync, spawn } from 'node:child_process';
import {
  appendFileSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findLocalLogs, readLocalLog, type LocalLog, type LogChange } from '../../../activities/adapters/local-logs.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'wardround-logs-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

// Larger than what is read at once, so that a change in between comes before the rest is read.
const line = 'step 1200 loss 2.31 and some words to fill the line up\n';
const large = line.repeat(100_000);

async function found(content: string | Uint8Array, name = 'train.log'): Promise<LocalLog> {
  const file = path.join(folder, name);
  writeFileSync(file, content);
  const [log] = (await findLocalLogs(file)).logs;
  if (log === undefined) throw new Error('the file was not found');
  return log;
}

/** Reads it; `between` runs after the first chunk. */
async function read(log: LocalLog, between: () => void = () => {}) {
  const changes: LogChange[] = [];
  const chunks: Uint8Array[] = [];
  for await (const chunk of readLocalLog(log, (change) => changes.push(change))) {
    if (chunks.length === 0) between();
    chunks.push(chunk);
  }
  return { text: Buffer.concat(chunks).toString(), changes };
}

describe('a local log', () => {
  test('that does not change is read whole, and nothing is told', async () => {
    const log = await found(large);
    expect(await read(log)).toEqual({ text: large, changes: [] });
  });

  test('that grows with every chunk is read to the size at its opening', async () => {
    const log = await found(large);
    const { text, changes } = await read(log, () => appendFileSync(log.path, large));
    expect(text.length).toBe(large.length);
    expect(changes).toEqual(['grew']);
  });

  test('that grew between being found and being opened is read with what came', async () => {
    const log = await found(line);
    appendFileSync(log.path, line);
    expect(await read(log)).toEqual({ text: line + line, changes: [] });
  });

  test('that is truncated while it is read ends there, and says so', async () => {
    const log = await found(large);
    const { text, changes } = await read(log, () => truncateSync(log.path, 10));
    expect(text.length).toBeLessThan(large.length);
    expect(large.startsWith(text)).toBe(true);
    expect(changes).toEqual(['shrank']);
  });

  test('that is rotated while it is read is read from the file that was opened', async () => {
    const log = await found(large);
    const { text, changes } = await read(log, () => {
      renameSync(log.path, `${log.path}.1`);
      writeFileSync(log.path, 'a new one\n');
    });
    expect(text).toBe(large);
    expect(changes).toEqual([]);
  });

  test('that was rotated before it was opened is read anew, and says so', async () => {
    const log = await found(line);
    renameSync(log.path, `${log.path}.1`);
    writeFileSync(log.path, 'a new one\n');
    expect(await read(log)).toEqual({ text: 'a new one\n', changes: ['replaced'] });
  });

  test('that was removed before it was opened is not found, by name', async () => {
    const log = await found(line);
    rmSync(log.path);
    await expect(read(log)).rejects.toMatchObject({ kind: 'not-found', message: expect.stringContaining(log.path) });
  });

  test('that is compressed and still being written is called cut off, not read as if it were whole', async () => {
    const packed = gzipSync(large, { level: 0 });
    const log = await found(packed.subarray(0, packed.length - 100), 'train.log.gz');
    await expect(read(log)).rejects.toMatchObject({ kind: 'malformed', message: expect.stringContaining('cut off') });
  });
});

describe('a folder', () => {
  const put = (name: string, content: string | Uint8Array = line): string => {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
    return file;
  };
  const pathsIn = async (given: string): Promise<readonly string[]> =>
    (await findLocalLogs(given)).logs.map((log) => path.relative(folder, log.path));

  test('gives each file once, whatever links lead to it and however a pattern matches it', async () => {
    const first = put('ranks/0.log');
    put('ranks/deep/1.log');
    symlinkSync(first, path.join(folder, 'latest.log'));
    linkSync(first, path.join(folder, 'same.log'));
    expect(await pathsIn(folder)).toEqual(['ranks/0.log', 'ranks/deep/1.log']);
    expect(await pathsIn(path.join(folder, '**'))).toEqual(['ranks/0.log', 'ranks/deep/1.log']);
    expect(await pathsIn(path.join(folder, 'latest.log'))).toEqual(['latest.log']);
  });

  test('is read without waiting for a pipe in it, and tells that something was left out', async () => {
    put('0.log');
    execFileSync('mkfifo', [path.join(folder, 'control')]);
    const { logs, leftOut } = await findLocalLogs(folder);
    expect([logs.length, leftOut]).toEqual([1, 1]);
  });

  test('that is no folder any more, or that may not be read, is named', async () => {
    await expect(findLocalLogs('/proc/self/task/1/fdinfo/nothing')).rejects.toMatchObject({ kind: 'not-found' });
    await expect(findLocalLogs(path.join(put('0.log'), 'below'))).rejects.toMatchObject({ kind: 'not-found' });
  });

  test('takes a log that was cut while its writer went on for a log, and a file of nothing but NUL bytes for none', async () => {
    put('cut.log', Buffer.concat([Buffer.alloc(100_000), Buffer.from(line)]));
    put('preallocated.bin', Buffer.alloc(100_000));
    const { logs } = await findLocalLogs(folder);
    expect(logs.map(({ content }) => content)).toEqual(['text', 'binary']);
  });
});

test('a pipe is read to its end, and looked at on the way', async () => {
  const pipe = path.join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const [log] = (await findLocalLogs(pipe)).logs;
  if (log === undefined) throw new Error('the pipe was not found');
  expect(log.content).toBe('unknown');
  writeFileSync(path.join(folder, 'packed'), gzipSync(large));
  spawn('sh', ['-c', 'cat "$0" > "$1"', path.join(folder, 'packed'), pipe]);
  expect((await read(log)).text).toBe(large);
  spawn('sh', ['-c', 'head -c 100000 /dev/urandom > "$0"', pipe]);
  await expect(read(log)).rejects.toMatchObject({ kind: 'malformed', message: expect.stringContaining('binary data') });
});

test('text in UTF-16 is read as UTF-8', async () => {
  const log = await found(Buffer.from(`\ufeff${line}`, 'utf16le'));
  expect([log.content, (await read(log)).text]).toEqual(['utf-16le', line]);
});
