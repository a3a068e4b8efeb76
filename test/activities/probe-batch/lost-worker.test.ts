import { fork, type ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Worker } from '@temporalio/worker';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { createS3Evidence } from '../../../activities/adapters/s3-evidence.ts';
import { findingsSchema } from '../../../activities/evidence-shapes.ts';
import { getJson } from '../../../activities/json-evidence.ts';
import { evidenceBucket, s3Region } from '../../../infra/stack/s3.ts';
import type { ProbeBatchResult } from '../../../workflows/domain/phase-data.ts';
import { openWorld, type IncidentWorld } from '../../support/incident-world.ts';
import { repositoryPath } from '../../support/repository.ts';
import { startTestS3, type TestS3 } from '../../support/servers.ts';
import type { BatchWorkerOptions } from './batch-worker.ts';

/*
 * Two probe workers as processes of their own, a Temporal server, and the S3 gateway with the account that probe workers
 * have: what the first had read when it was killed, the second takes from the evidence.
 */

let s3: TestS3;
let world: IncidentWorld;
let native: NativeConnection;
let workflows: { readonly worker: Worker; readonly run: Promise<void> };
const children: ChildProcess[] = [];

beforeAll(async () => {
  [s3, world] = await Promise.all([startTestS3(), openWorld()]);
  native = await NativeConnection.connect({ address: inject('temporalAddress') });
  const { code } = await bundleWorkflowCode({
    workflowsPath: repositoryPath('test/activities/probe-batch/one-batch.ts'),
    payloadConverterPath: repositoryPath('workflows/payload-converter.ts'),
    logger: new DefaultLogger('ERROR'),
  });
  const worker = await Worker.create({
    connection: native,
    namespace: world.namespace,
    dataConverter: { payloadConverterPath: repositoryPath('workflows/payload-converter.ts') },
    taskQueue: 'batches-of-a-test',
    workflowBundle: { code },
  });
  workflows = { worker, run: worker.run() };
}, 60_000);
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  workflows.worker.shutdown();
  await workflows.run;
  await native.close();
  await world.close();
  await s3.stop();
});

/** A probe worker; `asked` grows as it asks nodes. */
async function startWorker(hangs: string | null): Promise<{ readonly child: ChildProcess; readonly asked: string[] }> {
  const { accessKeyId, secretAccessKey } = await s3.client('probes').config.credentials();
  const options: BatchWorkerOptions = {
    address: inject('temporalAddress'),
    namespace: world.namespace,
    s3: { endpoint: s3.endpoint, region: s3Region, accessKey: accessKeyId, secretKey: secretAccessKey },
    bucket: evidenceBucket,
    hangs,
  };
  const child = fork(repositoryPath('test/activities/probe-batch/batch-worker.ts'), [JSON.stringify(options)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  children.push(child);
  const asked: string[] = [];
  child.on('message', (question: string) => asked.push(question));
  return { child, asked };
}

const looksMax = 300;
const betweenLooksMs = 100;

/** What the server knows of the attempt's progress, as soon as it names so many readings. */
async function beaten(handle: WorkflowHandle, readings: number): Promise<string> {
  for (let look = 0; look < looksMax; look += 1) {
    const { raw } = await handle.describe();
    const [payload] = raw.pendingActivities?.[0]?.heartbeatDetails?.payloads ?? [];
    const text = Buffer.from(payload?.data ?? []).toString();
    const progress = (text === '' ? {} : JSON.parse(text)) as { readonly done?: readonly unknown[] }; // our own heartbeat
    if ((progress.done?.length ?? 0) >= readings) return text;
    await sleep(betweenLooksMs);
  }
  throw new Error(`no heartbeat with ${readings} readings within ${(looksMax * betweenLooksMs) / 1_000} s`);
}

it('a probe worker that takes over from one that was killed asks no node again that had answered', async () => {
  const nodes = ['node-01', 'node-02', 'node-03', 'node-04', 'node-05'];
  const first = await startWorker('node-04');
  const handle = await world.client.workflow.start('oneBatch', {
    workflowId: 'batch-of-a-lost-worker',
    taskQueue: 'batches-of-a-test',
    args: [
      {
        key: { cluster: 'site-a', workflowId: 'incident/site-a/00', runId: 'run-1' },
        batch: 'b',
        probes: [{ probeId: 'test.speed', nodes }],
      },
    ],
  });
  const details = await beaten(handle, 4);
  expect(details.length).toBeLessThan(2_000);
  first.child.kill('SIGKILL');
  expect(first.asked.toSorted()).toEqual(nodes.map((node) => `${node} speed`));

  const second = await startWorker(null);
  const result = (await handle.result()) as ProbeBatchResult; // what the activity returns
  expect(second.asked).toEqual(['node-04 speed']);
  expect(result).toMatchObject({ ran: 5, unread: 0 });
  const evidence = createS3Evidence(s3.client('orchestrator'), evidenceBucket, 'orchestrator');
  const findings = await getJson(evidence, result.findings, findingsSchema);
  expect(findings.map(({ node }) => node)).toEqual(nodes);
}, 90_000);
