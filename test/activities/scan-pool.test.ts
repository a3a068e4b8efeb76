import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { findLocalLogs } from '../../activities/adapters/local-logs.ts';
import { openScanPool, type ScanPool } from '../../activities/scan-pool.ts';
import { openScanThread, type FileProgress, type ScanRequest } from '../../activities/scan-thread.ts';

const xid = 'NVRM: Xid (PCI:0000:c1:00): 79, pid=4242, GPU has fallen off the bus.\n';
const bytesOf = (source: string, text = xid): ScanRequest => ({
  kind: 'bytes',
  source: { source, evidenceId: `ev_${source}` },
  bytes: new TextEncoder().encode(text),
});

let folder: string;
let pool: ScanPool | null = null;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'wardround-pool-'));
});
afterEach(async () => {
  await pool?.close();
  rmSync(folder, { recursive: true });
});

async function fileOf(name: string, text: string, reduce = false): Promise<ScanRequest> {
  const file = path.join(folder, name);
  writeFileSync(file, text);
  const [log] = (await findLocalLogs(file)).logs;
  if (log === undefined) throw new Error('the file was not found');
  return { kind: 'file', source: { source: file, evidenceId: 'ev_f' }, log, reduce: reduce ? { filters: [] } : null };
}

const open = (threads: number, signal = new AbortController().signal): ScanPool =>
  (pool = openScanPool(threads, signal));

describe('a pool of scan threads', () => {
  it('answers more requests than it has threads, each with its own report', async () => {
    const threads = open(2);
    const names = Array.from({ length: 12 }, (_, at) => `${at}.log`);
    const scanned = await Promise.all(names.map((name) => threads.scan(bytesOf(name))));
    expect(scanned.map(({ report }) => report.facts.source)).toEqual(names);
    expect(scanned.every(({ report }) => report.findings[0]?.kind === 'nvidia.xid.79')).toBe(true);
  });

  it('fails a file that is not there alone, as what it is', async () => {
    const threads = open(1);
    const gone = await fileOf('gone.log', xid);
    rmSync(path.join(folder, 'gone.log'));
    await expect(threads.scan(gone)).rejects.toMatchObject({ name: 'PortError', kind: 'not-found' });
    expect((await threads.scan(bytesOf('a.log'))).report.findings).toHaveLength(1);
  });

  it('gives what waited behind a source that killed its thread another thread', async () => {
    const threads = open(1);
    // What no caller sends: the thread throws outside of any scan's trouble.
    const deadly = { kind: 'file', source: { source: 'deadly.log', evidenceId: 'ev_d' }, log: null, reduce: null };
    const died = threads.scan(deadly as unknown as ScanRequest); // breaks the type on purpose
    const behind = [threads.scan(bytesOf('a.log')), threads.scan(bytesOf('b.log'))];
    await expect(died).rejects.toThrow(/deadly\.log has ended/);
    expect((await Promise.all(behind)).map(({ report }) => report.facts.source)).toEqual(['a.log', 'b.log']);
  });

  it('gives up a thread whose reader does not want the rest, and mixes it into no other scan', async () => {
    const threads = open(1);
    const text = Array.from(
      { length: 200_000 },
      (_, at) => `word${String.fromCodePoint(97 + (at % 26))} ${at} loss\n`,
    ).join('');
    const progress: FileProgress = { onReduced: () => Promise.reject(new Error('nobody listens')) };
    const refused = threads.scan(await fileOf('long.log', text, true), progress);
    const batches: number[] = [];
    const next = threads.scan(await fileOf('next.log', 'one\ntwo\n', true), {
      async onReduced(entries) {
        batches.push(entries.length);
      },
    });
    await expect(refused).rejects.toThrow('nobody listens');
    expect((await next).reduction).toMatchObject({ lines: 2, kept: 2 });
    expect(batches).toEqual([2]);
  });

  it('ends what is in flight and what waits when it is closed, and nothing is left unhandled', async () => {
    const unhandled = vi.fn<() => void>();
    process.on('unhandledRejection', unhandled);
    const threads = open(1);
    const outcomes = Promise.allSettled(
      ['a.log', 'b.log', 'c.log'].map((name) => threads.scan(bytesOf(name, xid.repeat(200_000)))),
    );
    await threads.close();
    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    await expect(threads.scan(bytesOf('late.log'))).rejects.toThrow(/ended/);
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });

  it('ends with the reason of a cancellation', async () => {
    const controller = new AbortController();
    const threads = open(1, controller.signal);
    const outcomes = Promise.allSettled([
      threads.scan(bytesOf('a.log', xid.repeat(200_000))),
      threads.scan(bytesOf('b.log')),
    ]);
    controller.abort(new Error('the incident was cancelled'));
    for (const outcome of await outcomes)
      expect(outcome).toMatchObject({ reason: { message: 'the incident was cancelled' } });
  });

  it('opens no thread again once it was cancelled', async () => {
    const controller = new AbortController();
    let opened = 0;
    pool = openScanPool(1, controller.signal, (signal) => {
      opened += 1;
      return openScanThread(signal);
    });
    controller.abort(new Error('cancelled'));
    await expect(pool.scan(bytesOf('a.log'))).rejects.toThrow('cancelled');
    expect(opened).toBe(1);
  });
});
