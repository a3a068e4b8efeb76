import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  findLogInputs,
  openInputScans,
  s3Address,
  type LogInput,
  type LogPlaces,
} from '../../activities/log-inputs.ts';
import { PortError, type LogRanges } from '../../activities/ports.ts';
import type { Scanned } from '../../activities/scan-thread.ts';
import type { ReducedEntry } from '../../kb/logs/reduce.ts';

const xid = 'NVRM: Xid (PCI:0000:c1:00): 79, pid=4242, GPU has fallen off the bus.\n';
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'wardround-inputs-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function put(name: string, content: string | Uint8Array): string {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
}

const nowhere: LogPlaces = {
  s3: () => Promise.reject(new Error('no S3 here')),
  stdin: () => {
    throw new Error('no stdin here');
  },
};

function stdinOf(...chunks: readonly (string | Uint8Array)[]): LogPlaces & { isClosed: boolean } {
  const places = {
    ...nowhere,
    isClosed: false,
    async *stdin(): AsyncGenerator<Uint8Array> {
      try {
        for (const chunk of chunks) yield typeof chunk === 'string' ? encode(chunk) : chunk;
      } finally {
        places.isClosed = true;
      }
    },
  };
  return places;
}

/** A bucket in memory that counts what is asked at once. */
function bucketOf(objects: Readonly<Record<string, string | Uint8Array>>) {
  const stored = new Map(
    Object.entries(objects).map(([key, content]) => [key, typeof content === 'string' ? encode(content) : content]),
  );
  const seen = { atOnce: 0, atOnceMax: 0 };
  const ranges: LogRanges = {
    async list(prefix, { objectsMax }) {
      const found = [...stored].filter(([key]) => key.startsWith(prefix));
      return {
        objects: found
          .slice(0, objectsMax)
          .map(([key, { length: bytes }]) => ({ bucket: 'logs', key, bytes, lastModifiedMs: 5 })),
        truncated: found.length > objectsMax,
      };
    },
    async readRange({ key }, { from, bytes }) {
      seen.atOnce += 1;
      seen.atOnceMax = Math.max(seen.atOnceMax, seen.atOnce);
      await Promise.resolve();
      seen.atOnce -= 1;
      const found = stored.get(key);
      if (found === undefined) throw new PortError('not-found', `reading ${key}`);
      return found.subarray(from, from + bytes);
    },
  };
  return { places: { ...nowhere, s3: async () => ranges } satisfies LogPlaces, stored, seen };
}

async function scanAll(inputs: readonly LogInput[], places: LogPlaces): Promise<readonly Scanned[]> {
  const scans = openInputScans(inputs, places);
  try {
    return await Promise.all(inputs.map((input) => scans.scan(input)));
  } finally {
    await scans.close();
  }
}

describe('what is given', () => {
  it.each([
    ['s3://logs', { bucket: 'logs', prefix: '' }],
    ['s3://logs/', { bucket: 'logs', prefix: '' }],
    ['s3://my.logs/site-a/job/', { bucket: 'my.logs', prefix: 'site-a/job/' }],
    ['/var/log/s3://x', null],
  ])('%s', (given, address) => {
    expect(s3Address(given)).toEqual(address);
  });

  it.each(['s3://', 's3://A/b', 's3:///key'])('%s is no address', (given) => {
    expect(() => s3Address(given)).toThrow(/write s3:\/\/bucket\/prefix/);
  });

  it('as a folder is every log in it, with a word about the others', async () => {
    put('a.log', xid);
    put('empty.log', '');
    put(
      'core',
      Uint8Array.from({ length: 4_096 }, (_, at) => (at * 37) % 256),
    );
    const { inputs, isFolder, notes } = await findLogInputs(folder, nowhere);
    expect([inputs.length, isFolder]).toEqual([1, true]);
    expect(notes).toEqual(['1 empty files', '1 binary files left out']);
  });

  it('as a prefix in S3 is every object that is not empty', async () => {
    const { places } = bucketOf({
      'job/a.log': xid,
      'job/b.log.gz': gzipSync(xid),
      'job/c.log': '',
      'other/d.log': xid,
    });
    const { inputs, notes } = await findLogInputs('s3://logs/job/', places);
    expect(inputs.map(({ name, isPlain }) => [name, isPlain])).toEqual([
      ['s3://logs/job/a.log', true],
      ['s3://logs/job/b.log.gz', false],
    ]);
    expect(notes).toEqual(['1 empty objects']);
    await expect(findLogInputs('s3://logs/none/', places)).rejects.toMatchObject({ kind: 'not-found' });
  });
});

describe('standard input', () => {
  const stdin: LogInput = { name: '-', bytes: null, isPlain: false, from: 'stdin' };

  it.each([
    ['plain', encode(xid)],
    ['gzip', gzipSync(xid)],
    ['zstd', zstdCompressSync(xid)],
  ])('is read as %s', async (_name, bytes) => {
    const [scanned] = await scanAll([stdin], stdinOf(bytes.subarray(0, 3), bytes.subarray(3)));
    expect(scanned?.report.findings).toMatchObject([{ kind: 'nvidia.xid.79', range: { source: '-', line: 1 } }]);
  });

  it('that is no log is refused and let go of', async () => {
    const places = stdinOf(
      Uint8Array.from({ length: 9_000 }, (_, at) => (at * 37) % 256),
      'never read',
    );
    await expect(scanAll([stdin], places)).rejects.toMatchObject({
      name: 'PortError',
      message: '-: binary data, not a log',
    });
    expect(places.isClosed).toBe(true);
  });

  it('that is damaged is told as a person can read it', async () => {
    const packed = gzipSync(xid.repeat(1_000));
    await expect(scanAll([stdin], stdinOf(packed.subarray(0, packed.length - 10)))).rejects.toMatchObject({
      name: 'PortError',
      message: expect.stringContaining('damaged or cut off'),
    });
  });
});

describe('objects in S3', () => {
  it('are read range by range, with offsets of the whole, few at a time however many there are', async () => {
    const hole = 'all is well and goes on\n'.repeat(400_000); // more than one range
    const { places, seen } = bucketOf({
      'job/long.log': `${hole}${xid}`,
      ...Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`job/${at}.log`, xid])),
    });
    const { inputs } = await findLogInputs('s3://logs/job/', places);
    const scanned = await scanAll(inputs, places);
    const long = scanned.find(({ report }) => report.facts.source.endsWith('long.log'));
    expect(long?.report.findings[0]?.range).toMatchObject({ line: 400_001, byteStart: hole.length });
    expect(seen.atOnceMax).toBeLessThanOrEqual(4);
  });

  it('that become shorter while they are read are refused, not read as if they were whole', async () => {
    const { places, stored } = bucketOf({ 'job/a.log': xid.repeat(10) });
    const { inputs } = await findLogInputs('s3://logs/job/', places);
    stored.set('job/a.log', encode(xid));
    await expect(scanAll(inputs, places)).rejects.toMatchObject({ message: expect.stringContaining('became shorter') });
  });

  it('hold no notes of people', async () => {
    const { places } = bucketOf({ 'job/a.log': '# obs: GPU 3 is slow\n' });
    const { inputs } = await findLogInputs('s3://logs/job/', places);
    const scans = openInputScans(inputs, places, { honoursNotes: true });
    const [input] = inputs;
    if (input === undefined) throw new Error('there is no input');
    expect((await scans.scan(input)).report.notes).toEqual([]);
    await scans.close();
  });
});

describe('many files', () => {
  it('give the same in threads and in place', async () => {
    const filler = Array.from(
      { length: 4_000 },
      (_, at) => `2026-11-21 03:12:59,000 INFO loaded shard ${at} of the job`,
    ).join('\n');
    const texts = ['a', 'b', 'c'].map(
      (name) => `${filler}\n[rank${name.charCodeAt(0)}]: CUDA out of memory.\n${xid}${filler}\n`,
    );
    for (const [at, text] of texts.entries()) put(`small/${at}.log`, text);
    // 36 MB make it worth threads.
    for (const [at, text] of texts.entries()) put(`large/${at}.log`, `${text}${`${filler}\n`.repeat(50)}`);
    const scanned = async (name: string) => {
      const { inputs } = await findLogInputs(path.join(folder, name), nowhere);
      const scans = openInputScans(inputs, nowhere);
      const entries = new Map<string, ReducedEntry[]>();
      const reports = await Promise.all(
        inputs.map((input) =>
          scans.scan(input, {
            async onReduced(batch) {
              entries.set(path.basename(input.name), [...(entries.get(path.basename(input.name)) ?? []), ...batch]);
            },
          }),
        ),
      );
      await scans.close();
      const lines = (entry: ReducedEntry) =>
        entry.kind === 'line' && entry.why !== 'last' && entry.why !== 'near' ? [entry.text] : [];
      return {
        findings: reports.map(({ report }) =>
          report.findings.map(({ kind, count, range: { line, byteStart } }) => ({ kind, count, line, byteStart })),
        ),
        kept: [...entries]
          .toSorted(([one], [other]) => (one < other ? -1 : 1))
          .map(([, batch]) => batch.flatMap(lines)),
      };
    };
    const [small, large] = [await scanned('small'), await scanned('large')];
    expect(small.findings.flat().length).toBeGreaterThan(3);
    expect(large).toEqual(small);
  });

  it('are stopped where they are when nobody wants them any more', async () => {
    for (let at = 0; at < 20; at += 1) put(`${at}.log`, xid);
    const { inputs } = await findLogInputs(folder, nowhere);
    const scans = openInputScans(inputs, nowhere);
    const outcomes = Promise.allSettled(inputs.map((input) => scans.scan(input)));
    await scans.close();
    expect((await outcomes).filter(({ status }) => status === 'rejected').length).toBeGreaterThan(15);
  });
});
