import { appendFileSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
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
