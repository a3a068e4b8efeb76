import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createHistoryArchive } from '../../../activities/adapters/history-archive.ts';
import { evidenceBucket } from '../../../infra/stack/s3.ts';
import { startTestS3, type TestS3 } from '../../support/servers.ts';

let s3: TestS3;
beforeAll(async () => {
  s3 = await startTestS3();
});
afterAll(() => s3.stop());

const bytes = (text: string) => new TextEncoder().encode(text);
const dayMs = 24 * 60 * 60_000;

test('what was put once is read back and listed, and a second put changes nothing', async () => {
  const archive = createHistoryArchive(s3.client('orchestrator'), evidenceBucket);
  await archive.put('archive/site-a/01/run/manifest-a.json', bytes('first'));
  await archive.put('archive/site-a/01/run/manifest-a.json', bytes('second'));
  const read = await archive.get('archive/site-a/01/run/manifest-a.json', { bytesMax: 100 });
  expect(new TextDecoder().decode(read)).toBe('first');
  expect(await archive.list('archive/site-a/01/', { keysMax: 10 })).toEqual(['archive/site-a/01/run/manifest-a.json']);
  expect(await archive.list('archive/site-a/02/', { keysMax: 10 })).toEqual([]);
});

test('a lock that the bucket does not have is done without, and said so', async () => {
  const archive = createHistoryArchive(s3.client('orchestrator'), evidenceBucket);
  const until = { lockUntilMs: Date.now() + dayMs };
  expect(await archive.put('archive/site-a/01/run/manifest-b.json', bytes('b'), until)).toEqual({ locked: false });
});

test('a bucket with object lock locks', async () => {
  const root = s3.client('root');
  await root.send(new CreateBucketCommand({ Bucket: 'locking', ObjectLockEnabledForBucket: true }));
  const archive = createHistoryArchive(root, 'locking');
  const until = { lockUntilMs: Date.now() + dayMs };
  expect(await archive.put('archive/site-a/01/run/manifest-c.json', bytes('c'), until)).toEqual({ locked: true });
});

test('an account that may not archive is denied', async () => {
  const archive = createHistoryArchive(s3.client('probes'), evidenceBucket);
  await expect(archive.put('archive/site-a/x.json', bytes('x'))).rejects.toMatchObject({ kind: 'denied' });
});
