import { GetObjectCommand, ListObjectVersionsCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createS3Client } from '../../../activities/adapters/s3-client.ts';
import { createS3Evidence } from '../../../activities/adapters/s3-evidence.ts';
import { evidenceBucket } from '../../../infra/stack/s3.ts';
import { closedAddress } from '../../support/http-server.ts';
import { startTestS3, type TestS3 } from '../../support/servers.ts';

let s3: TestS3;
beforeAll(async () => {
  s3 = await startTestS3();
});
afterAll(() => s3.stop());

const bytes = (text: string) => new TextEncoder().encode(text);
const reader = () => createS3Evidence(s3.client('orchestrator'), evidenceBucket, 'orchestrator');
const versionsOf = async (key: string) =>
  (await s3.client('root').send(new ListObjectVersionsCommand({ Bucket: evidenceBucket, Prefix: key }))).Versions ?? [];

describe('evidence in S3', () => {
  test('what was put is read back, under a key that names writer, cluster, kind and hash', async () => {
    const store = reader();
    const ref = await store.put('graph', 'site-a', bytes('a graph'), { mediaType: 'application/json' });
    expect(ref).toEqual({
      id: `ev_${ref.sha256.slice(0, 24)}`,
      kind: 'graph',
      bucket: evidenceBucket,
      key: `evidence/orchestrator/site-a/graph/${ref.sha256.slice(0, 2)}/${ref.sha256}`,
      sha256: ref.sha256,
      bytes: 7,
    });
    expect(new TextDecoder().decode(await store.get(ref))).toBe('a graph');
  });

  test('putting the same bytes again succeeds and writes nothing', async () => {
    const store = reader();
    const first = await store.put('chart', 'site-a', bytes('a chart'));
    expect(await store.put('chart', 'site-a', bytes('a chart'))).toEqual(first);
    expect(await versionsOf(first.key)).toHaveLength(1);
  });

  test('an account that may only put writes evidence, again and again', async () => {
    const store = createS3Evidence(s3.client('remediation'), evidenceBucket, 'remediation');
    const ref = await store.put('undo-record', 'site-a', bytes('an undo'));
    await store.put('undo-record', 'site-a', bytes('an undo'));
    expect(new TextDecoder().decode(await reader().get(ref))).toBe('an undo');
    await expect(store.get(ref)).rejects.toMatchObject({ name: 'PortError', kind: 'denied' });
  });

  test('an account that writes under the prefix of another is denied, with bucket and key in the message', async () => {
    const store = createS3Evidence(s3.client('probes'), evidenceBucket, 'remediation');
    await expect(store.put('undo-record', 'site-a', bytes('x'))).rejects.toMatchObject({
      kind: 'denied',
      message: expect.stringContaining(`${evidenceBucket}/evidence/remediation/site-a/undo-record/`),
    });
  });

  test('overwritten evidence is still read as it was first written', async () => {
    const ref = await reader().put('findings', 'site-a', bytes('the truth'));
    await s3.client('root').send(new PutObjectCommand({ Bucket: evidenceBucket, Key: ref.key, Body: 'forgeries' }));
    const latest = await s3.client('root').send(new GetObjectCommand({ Bucket: evidenceBucket, Key: ref.key }));
    expect(await latest.Body?.transformToString()).toBe('forgeries');
    expect(new TextDecoder().decode(await reader().get(ref))).toBe('the truth');
  });

  test('bytes that never had the recorded hash are tampered evidence', async () => {
    const ref = await reader().put('recall', 'site-a', bytes('original'));
    const elsewhere = { ...ref, key: `${ref.key}x` };
    await s3
      .client('root')
      .send(new PutObjectCommand({ Bucket: evidenceBucket, Key: elsewhere.key, Body: 'planted!' }));
    await expect(reader().get(elsewhere)).rejects.toMatchObject({
      kind: 'tampered',
      message: expect.stringContaining(elsewhere.key),
    });
  });

  test('missing evidence is not found', async () => {
    const ref = await reader().put('severity', 'site-a', bytes('here'));
    await expect(reader().get({ ...ref, key: 'evidence/orchestrator/nowhere' })).rejects.toMatchObject({
      kind: 'not-found',
    });
  });

  test('a wrong secret is denied, a server that is away is unreachable, and neither message holds the secret', async () => {
    const wrong = {
      endpoint: s3.endpoint,
      region: 'us-east-1',
      accessKey: 'wardround-probes',
      secretKey: 'not-the-secret',
    };
    const denied = createS3Evidence(createS3Client(wrong), evidenceBucket, 'probes').put('graph', 'site-a', bytes('x'));
    await expect(denied).rejects.toMatchObject({
      kind: 'denied',
      message: expect.not.stringContaining('not-the-secret'),
    });
    const away = createS3Client({ ...wrong, endpoint: await closedAddress() });
    await expect(
      createS3Evidence(away, evidenceBucket, 'probes').put('graph', 'site-a', bytes('x')),
    ).rejects.toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  test('a call that is cancelled fails as cancelled, not as trouble with the store', async () => {
    const cancelled = AbortSignal.abort();
    await expect(reader().put('graph', 'site-a', bytes('late'), { signal: cancelled })).rejects.toMatchObject({
      name: 'AbortError',
    });
  });
});
