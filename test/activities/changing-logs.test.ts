import { CreateBucketCommand, DeleteObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createS3Evidence } from '../../activities/adapters/s3-evidence.ts';
import { createS3Logs } from '../../activities/adapters/s3-logs.ts';
import { createGatherLogs } from '../../activities/gather-logs.ts';
import { getJson } from '../../activities/json-evidence.ts';
import { logManifestSchema } from '../../activities/log-manifest.ts';
import type { LogStore } from '../../activities/ports.ts';
import { createScanEvidence } from '../../activities/scan-evidence.ts';
import { evidenceBucket, logsBucket } from '../../infra/stack/s3.ts';
import type { GatheredLogs, GatherPlan, ScanResult } from '../../workflows/domain/phase-data.ts';
import { kernelKey, smallInventory } from '../support/small-inventory.ts';
import { startTestS3, type TestS3 } from '../support/servers.ts';

/** Kernel logs in a real S3 that change while they are gathered: after the listing, and after the reading. */
let s3: TestS3;
let root: S3Client;
const unversioned = 'logs-without-versions';
const start = 1_795_000_020_000;
const minute = 60_000;
const xid = (pci: string) =>
  `Nov 18 09:07:01 node-01 kernel: NVRM: Xid (PCI:0000:${pci}:00): 79, pid=4242, GPU has fallen off the bus.\n`;
const first = xid('c1');

beforeAll(async () => {
  s3 = await startTestS3();
  root = s3.client('root');
  await root.send(new CreateBucketCommand({ Bucket: unversioned }));
});
afterAll(() => s3.stop());

const put = (bucket: string, key: string, content: string) =>
  root.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: new TextEncoder().encode(content) }));
const remove = (bucket: string, key: string) => root.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));

let minutes = 0;
beforeEach(() => {
  minutes += 1;
});

/** Gathers one window, then scans it; `listed` and `gathered` happen right after these steps. */
async function gatherAndScan(
  bucket: string,
  changes: {
    readonly listed?: (key: string) => Promise<unknown>;
    readonly gathered?: (key: string) => Promise<unknown>;
  },
) {
  const fromMs = start + minutes * minute;
  const log = kernelKey('node-01', fromMs);
  await put(bucket, log, first);
  const client = bucket === logsBucket ? s3.client('logs') : root;
  const evidence = createS3Evidence(client, evidenceBucket, 'logs');
  const logs = (name: string): LogStore => {
    const store = createS3Logs(client, name);
    return {
      read: (object, options) => store.read(object, options),
      async list(prefix, options) {
        const listing = await store.list(prefix, options);
        if (prefix.includes('node-01')) await changes.listed?.(log);
        return listing;
      },
    };
  };
  const plan: GatherPlan = {
    handlerId: 'any',
    job: null,
    nodes: ['node-01'],
    alertAtMs: fromMs,
    fromMs,
    toMs: fromMs + minute,
    logs: ['kernel'],
    metrics: [],
    firstProbes: [],
    knowledgeDigest: '',
    readyInMs: 0,
  };
  const key = { cluster: 'site-a', workflowId: 'incident/site-a/1', runId: 'run' };
  const base = smallInventory();
  const inventory = { ...base, logs: { ...base.logs, bucket } };
  const gather = createGatherLogs({
    inventories: new Map([['site-a', inventory]]),
    logs,
    evidence,
    clock: { nowMs: () => fromMs + 10 * minute },
  });
  const gathered: GatheredLogs = await new MockActivityEnvironment().run(gather, { key, plan });
  await changes.gathered?.(log);
  const scanned: ScanResult = await new MockActivityEnvironment().run(createScanEvidence({ logs, evidence }), {
    key,
    plan,
    logs: gathered,
    metrics: null,
  });
  const { windows } = await getJson(evidence, gathered.manifest, logManifestSchema);
  return { gathered, scanned, window: windows[0] };
}

describe('a log in a bucket that keeps versions', () => {
  test('that grows after it was listed is read as it was listed, and so it is after it was gathered', async () => {
    const grow = (key: string) => put(logsBucket, key, first + xid('07'));
    const { scanned, window } = await gatherAndScan(logsBucket, { listed: grow, gathered: grow });
    expect(window?.ref).toMatchObject({ bucket: logsBucket, bytes: first.length, versionId: expect.any(String) });
    expect(scanned.kinds).toEqual([{ kind: 'nvidia.xid.79', count: 1 }]);
  });

  test('that is truncated or removed in between loses nothing of what was listed', async () => {
    const { scanned } = await gatherAndScan(logsBucket, {
      listed: (key) => put(logsBucket, key, ''),
      gathered: (key) => remove(logsBucket, key),
    });
    expect(scanned.kinds).toEqual([{ kind: 'nvidia.xid.79', count: 1 }]);
  });
});

describe('a log in a bucket without versions', () => {
  test('that is replaced before it is read is taken as it was read; its size and hash say so', async () => {
    const other = `${first}${xid('07')}`;
    const { gathered, window } = await gatherAndScan(unversioned, { listed: (key) => put(unversioned, key, other) });
    expect(window?.ref.bytes).toBe(other.length);
    expect(gathered).toMatchObject({ objects: 1, bytes: other.length, leftOut: 0 });
  });

  test.each([
    ['grows', (key: string) => put(unversioned, key, first + xid('07'))],
    ['is truncated', (key: string) => put(unversioned, key, '')],
    ['is removed', (key: string) => remove(unversioned, key)],
  ])('that %s after it was gathered was kept as evidence', async (_what, gathered) => {
    const { scanned, window } = await gatherAndScan(unversioned, { gathered });
    expect(window?.ref).toMatchObject({ kind: 'log-window', bucket: evidenceBucket, bytes: first.length });
    expect(window?.source).toContain('node-01/kernel');
    expect(scanned.kinds).toEqual([{ kind: 'nvidia.xid.79', count: 1 }]);
  });

  test('that is removed before it is read is counted as left out', async () => {
    const { gathered, scanned } = await gatherAndScan(unversioned, { listed: (key) => remove(unversioned, key) });
    expect(gathered).toMatchObject({ objects: 0, leftOut: 1 });
    expect(scanned.count).toBe(0);
  });
});
