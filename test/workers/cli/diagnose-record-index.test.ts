import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHashingEmbedder } from '../../../activities/adapters/hashing-embedder.ts';
import { shippedRecallables } from '../../../activities/adapters/shipped-records.ts';
import { searchLibrary } from '../../../activities/recall-search.ts';
import { openLibrary } from '../../../kb/retrieval/library.ts';
import { queryOfText } from '../../../kb/retrieval/query.ts';
import { exactIndex } from '../../../workers/cli/bench/cluster/exact-index.ts';
import { openRecordIndex, type RecordIndex } from '../../../workers/cli/diagnose-record-index.ts';

const query = queryOfText('OSError: [Errno 28] No space left on device while a checkpoint was written', []);
const readOnly = () => Promise.reject(new Error('this index is only read'));

async function found(opened: Pick<RecordIndex, 'library' | 'recallables' | 'digest' | 'nearest'>) {
  const { hits } = await searchLibrary(opened, query, {
    vectors: {
      kind: 'open',
      embedder: createHashingEmbedder(),
      index: { ...opened.nearest, sync: readOnly, drop: readOnly },
    },
    filter: { kinds: ['incident'] },
    count: 10,
    nowMs: () => 0,
  });
  return hits.map(({ id, score }) => [id, score] as const);
}

let folder: string;
let first: RecordIndex;
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'wardround-records-'));
  first = await openRecordIndex(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

const kept = (): string => path.join(folder, readdirSync(folder).find((name) => name.includes(first.digest)) ?? '');

describe('the prepared index of the shipped records', () => {
  it('finds what an index finds that is made on the spot', async () => {
    const { recallables } = await shippedRecallables();
    const nearest = await exactIndex(createHashingEmbedder(), recallables);
    const made = await found({ recallables, digest: '', library: openLibrary(recallables), nearest });
    const prepared = await found(first);
    expect(prepared.length).toBe(10);
    expect(prepared.map(([id]) => id)).toEqual(made.map(([id]) => id));
    // Its vectors are of single precision.
    prepared.forEach(([, score], at) => expect(score).toBeCloseTo(made[at]?.[1] ?? 0, 5));
  });

  it('is read the second time, and answers the same to the last digit, as does one that is not kept', async () => {
    const writtenMs = statSync(kept()).mtimeMs;
    const again = await openRecordIndex(folder);
    expect(statSync(kept()).mtimeMs).toBe(writtenMs);
    expect(await found(again)).toEqual(await found(first));
    expect(await found(await openRecordIndex(null))).toEqual(await found(first));
  });

  it('is made anew where its file is damaged', async () => {
    const file = kept();
    const damaged = readFileSync(file);
    damaged.writeUInt8(damaged.readUInt8(5_000) ^ 1, 5_000);
    writeFileSync(file, damaged);
    expect(await found(await openRecordIndex(folder))).toEqual(await found(first));
    const written = readFileSync(file);
    expect(written.subarray(0, 32)).toEqual(createHash('sha256').update(written.subarray(32)).digest());
  });

  it('needs no folder that can be written', async () => {
    const blocked = path.join(folder, 'a-file');
    writeFileSync(blocked, '');
    expect(await found(await openRecordIndex(path.join(blocked, 'below')))).toEqual(await found(first));
  });

  it('keeps four states of the records and no more', async () => {
    const older = [1, 2, 3, 4, 5].map((digit) => `records-${String(digit).repeat(64)}.v8`);
    older.forEach((name, at) => {
      writeFileSync(path.join(folder, name), '');
      utimesSync(path.join(folder, name), 1_000 + at, 1_000 + at);
    });
    rmSync(kept());
    await openRecordIndex(folder);
    const left = readdirSync(folder).filter((name) => name.startsWith('records-'));
    expect(left.toSorted()).toEqual([...older.slice(2), path.basename(kept())].toSorted());
  });
});
