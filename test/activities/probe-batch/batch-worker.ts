import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { createS3Client } from '../../../activities/adapters/s3-client.ts';
import { createS3Evidence } from '../../../activities/adapters/s3-evidence.ts';
import { createRunProbeBatch } from '../../../activities/run-probe-batch.ts';
import { five } from './five-nodes.ts';
import { meter } from './meters.ts';

/** A probe worker in a process of its own, on nodes that it makes up; tells its parent what it asks them. */
export interface BatchWorkerOptions {
  readonly address: string;
  readonly namespace: string;
  readonly s3: Parameters<typeof createS3Client>[0];
  readonly bucket: string;
  /** The node that does not answer, and does not end either. */
  readonly hangs: string | null;
}

const options = JSON.parse(process.argv[2] ?? '') as BatchWorkerOptions; // what the test wrote
Runtime.install({
  logger: new DefaultLogger('ERROR'),
  telemetryOptions: { logging: { forward: {}, filter: 'ERROR' } },
});
const runProbeBatch = createRunProbeBatch({
  evidence: createS3Evidence(createS3Client(options.s3), options.bucket, 'probes'),
  inventories: new Map([['site-a', five]]),
  probe: meter,
  pause: async () => {},
  runner: {
    run({ name }, argv, { signal }) {
      process.send?.(`${name} ${argv.join(' ')}`);
      if (name !== options.hangs) return Promise.resolve({ stdout: `${name.length}\n`, stderr: '', exitCode: 0 });
      return new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason as Error)));
    },
  },
});
const worker = await Worker.create({
  connection: await NativeConnection.connect({ address: options.address }),
  namespace: options.namespace,
  taskQueue: 'batches-of-a-test',
  activities: { runProbeBatch },
});
await worker.run();
