import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import pLimit from 'p-limit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createS3Logs } from '../../../activities/adapters/s3-logs.ts';
import { logsBucket } from '../../../infra/stack/s3.ts';
import { startTestS3, type TestS3 } from '../../support/servers.ts';

let s3: TestS3;
let shipper: S3Client;
const shippedMany = 1_050;
beforeAll(async () => {
  s3 = await startTestS3();
  shipper = s3.client('cluster');
  const limit = pLimit(16);
  const keys = Array.from({ length: shippedMany }, (_, index) => `logs/many/${String(index).padStart(5, '0')}.log`);
  await Promise.all(keys.map((key) => limit(() => ship(key, key))));
});
afterAll(() => s3.stop());

const ship = (key: string, content: string) =>
  shipper.send(new PutObjectCommand({ Bucket: logsBucket, Key: key, Body: content }));
const store = () => createS3Logs(s3.client('logs'), logsBucket);

describe('raw logs in S3', () => {
  test('a listing of several pages holds every object once, in key order', async () => {
    const { objects, truncated } = await store().list('logs/many/', { objectsMax: 5_000 });
    expect(truncated).toBe(false);
    expect(objects).toHaveLength(shippedMany);
    expect(objects.map(({ key }) => key)).toEqual(objects.map(({ key }) => key).toSorted());
    expect(objects[7]).toMatchObject({ bucket: logsBucket, key: 'logs/many/00007.log', bytes: 19 });
  });

  test('a listing stops at its bound and says so', async () => {
    const { objects, truncated } = await store().list('logs/many/', { objectsMax: 10 });
    expect(objects).toHaveLength(10);
    expect(truncated).toBe(true);
    const exact = await store().list('logs/many/0000', { objectsMax: 10 });
    expect([exact.objects.length, exact.truncated]).toEqual([10, false]);
  });

  test('a log that is shipped again reads as it was first written', async () => {
    await ship('logs/twice/a.log', 'what really happened');
    await ship('logs/twice/a.log', 'nothing to see');
    const { objects } = await store().list('logs/twice/', { objectsMax: 10 });
    const [object] = objects;
    expect(object?.versionId).toMatch(/.+/);
    expect(objects).toHaveLength(1);
    if (object === undefined) return;
    const text = new TextDecoder().decode(await store().read(object, { bytesMax: 100 }));
    expect(text).toBe('what really happened');
  });

  test('pieces of two writings of an object without versions are never put together', async () => {
    await ship('logs/changing/a.log', 'x'.repeat(100));
    const [listed] = (await store().list('logs/changing/', { objectsMax: 10 })).objects;
    if (listed?.etag === undefined) throw new Error('the store tells no tag');
    const { versionId: _kept, ...unversioned } = listed;
    const first = await store().readRange(unversioned, { from: 0, bytes: 50 });
    expect(new TextDecoder().decode(first)).toBe('x'.repeat(50));
    await ship('logs/changing/a.log', 'y'.repeat(100));
    await expect(store().readRange(unversioned, { from: 50, bytes: 50 })).rejects.toMatchObject({ kind: 'refused' });
    const pinned = await store().readRange(listed, { from: 50, bytes: 50 });
    expect(new TextDecoder().decode(pinned)).toBe('x'.repeat(50));
  });

  test('an object beyond the size bound is refused by its listed size, and while it is read', async () => {
    await ship('logs/large/a.log', 'x'.repeat(1_000));
    const object = { bucket: logsBucket, key: 'logs/large/a.log', bytes: 1_000, lastModifiedMs: 0 };
    await expect(store().read(object, { bytesMax: 999 })).rejects.toMatchObject({ kind: 'too-large' });
    await expect(store().read({ ...object, bytes: 1 }, { bytesMax: 999 })).rejects.toMatchObject({ kind: 'too-large' });
  });

  test('a missing bucket and a missing key are not found, with their names', async () => {
    await expect(
      createS3Logs(s3.client('root'), 'no-such-bucket').list('logs/', { objectsMax: 1 }),
    ).rejects.toMatchObject({
      kind: 'not-found',
      message: expect.stringContaining('no-such-bucket/logs/'),
    });
    const gone = { bucket: logsBucket, key: 'logs/gone.log', bytes: 1, lastModifiedMs: 0 };
    await expect(store().read(gone, { bytesMax: 10 })).rejects.toMatchObject({ kind: 'not-found' });
  });

  test('an account without the right to list is denied', async () => {
    await expect(createS3Logs(s3.client('probes'), logsBucket).list('logs/', { objectsMax: 1 })).rejects.toMatchObject({
      kind: 'denied',
    });
  });
});
