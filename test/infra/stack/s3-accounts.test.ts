import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { evidenceBucket, logsBucket } from '../../../infra/stack/s3.ts';
import type { S3AccountName } from '../../../infra/stack/secrets.ts';
import { startTestS3, type TestS3 } from '../../support/servers.ts';

let s3: TestS3;
beforeAll(async () => {
  s3 = await startTestS3();
  const root = s3.client('root');
  for (const [bucket, key] of [
    [evidenceBucket, 'evidence/probes/site-a/present'],
    [evidenceBucket, 'evidence/remediation/site-a/present'],
    [evidenceBucket, 'evidence/orchestrator/site-a/present'],
    [evidenceBucket, 'knowledge/site/events/present'],
    [logsBucket, 'logs/site-a/present'],
  ])
    await root.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: 'x' }));
});
afterAll(() => s3.stop());

type Request = (client: S3Client) => Promise<unknown>;
const put =
  (bucket: string, key: string): Request =>
  (client) =>
    client.send(new PutObjectCommand({ Bucket: bucket, Key: `${key}/${Math.random()}`, Body: 'x' }));
const get =
  (bucket: string, key: string): Request =>
  (client) =>
    client.send(new GetObjectCommand({ Bucket: bucket, Key: `${key}/present` }));
const head =
  (bucket: string, key: string): Request =>
  (client) =>
    client.send(new HeadObjectCommand({ Bucket: bucket, Key: `${key}/present` }));
const list =
  (bucket: string): Request =>
  (client) =>
    client.send(new ListObjectsV2Command({ Bucket: bucket }));
const remove =
  (bucket: string, key: string): Request =>
  (client) =>
    client.send(new DeleteObjectCommand({ Bucket: bucket, Key: `${key}/present` }));
const policy =
  (bucket: string): Request =>
  (client) =>
    client.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy: '{"Version":"2012-10-17","Statement":[]}' }));

const allowed: readonly [S3AccountName, string, Request][] = [
  ['probes', 'put under its prefix', put(evidenceBucket, 'evidence/probes/site-a')],
  ['probes', 'read what probe workers wrote', get(evidenceBucket, 'evidence/probes/site-a')],
  ['remediation', 'put under its prefix', put(evidenceBucket, 'evidence/remediation/site-a')],
  ['model', 'put under its prefix', put(evidenceBucket, 'evidence/model/site-a')],
  ['model', 'read evidence of others', get(evidenceBucket, 'evidence/probes/site-a')],
  ['model', 'read what the site has learned', get(evidenceBucket, 'knowledge/site/events')],
  ['model', 'read raw logs', get(logsBucket, 'logs/site-a')],
  ['cluster', 'ship logs', put(logsBucket, 'logs/site-a')],
  ['logs', 'put under its prefix', put(evidenceBucket, 'evidence/logs/site-a')],
  ['logs', 'read raw logs', get(logsBucket, 'logs/site-a')],
  ['logs', 'list raw logs', list(logsBucket)],
  ['logs', 'read evidence of others', get(evidenceBucket, 'evidence/probes/site-a')],
  ['orchestrator', 'read evidence of others', get(evidenceBucket, 'evidence/probes/site-a')],
  ['orchestrator', 'put under its prefix', put(evidenceBucket, 'evidence/orchestrator/site-a')],
];

const refused: readonly [S3AccountName, string, Request][] = [
  ...(['probes', 'remediation'] as const).flatMap((account): [S3AccountName, string, Request][] => [
    [account, 'read what the orchestrator wrote', get(evidenceBucket, 'evidence/orchestrator/site-a')],
    [account, 'look whether something is there', head(evidenceBucket, 'evidence/orchestrator/site-a')],
    [account, 'list evidence', list(evidenceBucket)],
    [account, 'delete what it wrote', remove(evidenceBucket, `evidence/${account}/site-a`)],
    [account, 'put as the orchestrator', put(evidenceBucket, 'evidence/orchestrator/site-a')],
    [account, 'read raw logs', get(logsBucket, 'logs/site-a')],
    [account, 'write raw logs', put(logsBucket, 'logs/site-a')],
    [account, 'change the policy', policy(evidenceBucket)],
  ]),
  ['probes', 'read what the remediation worker wrote', get(evidenceBucket, 'evidence/remediation/site-a')],
  ['remediation', 'read even what it wrote', get(evidenceBucket, 'evidence/remediation/site-a')],
  ['probes', 'put as the remediation worker', put(evidenceBucket, 'evidence/remediation/site-a')],
  ['remediation', 'put as a probe worker', put(evidenceBucket, 'evidence/probes/site-a')],
  ['model', 'teach', put(evidenceBucket, 'knowledge/site/events')],
  ['model', 'put as the orchestrator', put(evidenceBucket, 'evidence/orchestrator/site-a')],
  ['cluster', 'read logs', get(logsBucket, 'logs/site-a')],
  ['cluster', 'put evidence', put(evidenceBucket, 'evidence/logs/site-a')],
  ['logs', 'write raw logs', put(logsBucket, 'logs/site-a')],
  ['logs', 'put as a probe worker', put(evidenceBucket, 'evidence/probes/site-a')],
  ['orchestrator', 'put as a probe worker', put(evidenceBucket, 'evidence/probes/site-a')],
  ['orchestrator', 'write raw logs', put(logsBucket, 'logs/site-a')],
  ['orchestrator', 'delete evidence', remove(evidenceBucket, 'evidence/probes/site-a')],
];

describe('accounts of the embedded S3 gateway', () => {
  test.each(allowed)('%s may %s', async (account, _what, request) => {
    await expect(request(s3.client(account))).resolves.toBeDefined();
  });

  test.each(refused)('%s may not %s', async (account, _what, request) => {
    await expect(request(s3.client(account))).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } });
  });
});
