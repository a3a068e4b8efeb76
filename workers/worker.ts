import { parseArgs } from 'node:util';
import { DefaultLogger, NativeConnection, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import { pino } from 'pino';
import { PortError } from '../activities/ports.ts';
import { taskQueues } from '../workflows/domain/ids.ts';
import { holdAtBoundaries } from './boundaries.ts';
import { ConfigError, loadConfig, type Config } from './config.ts';
import { roleOfQueue, rolesOfQueues, workerParts, type QueueRole } from './roles/index.ts';
import { payloadConverterPath } from './temporal-client.ts';

/** Activities under way get this long to end before the process does; Temporal retries what is cut off. */
const graceMs = 5_000;
/** After a worker died, its workflows wait this long for it before any other worker may take them. */
const stickyMs = 1_000;
/** Activities at once in one process; probes bound their own SSH fan-out. */
const activitiesMax = 20;

/**
 * One worker process: `node workers/worker.ts --queues probes.site-a [--workflow-bundle FILE]`. It holds the credentials of the roles that
 * its queues need and no others, and no state: any worker may die at any moment and another continues.
 */
try {
  await runWorker();
} catch (error) {
  if (!(error instanceof ConfigError || error instanceof PortError)) throw error;
  process.stderr.write(`The worker can not start. ${error.message}\n`);
  process.exitCode = 1;
}

async function runWorker(): Promise<void> {
  const { queues, workflowBundle } = readArguments();
  const config = loadConfig();
  const log = pino({ name: `worker ${queues.join(',')}`, level: config.logLevel });
  Runtime.install({
    logger: new DefaultLogger('WARN', ({ level, message, meta }) => log.warn({ level, meta }, message)),
    telemetryOptions: { logging: { forward: {}, filter: 'ERROR' } },
  });
  const { boundarySocket } = config;
  const { address, namespace } = config.temporal;
  const parts = new Map<QueueRole, Awaited<ReturnType<typeof workerParts>>>();
  for (const role of rolesOfQueues(queues)) parts.set(role, await workerParts(role, config, workflowBundle));
  const connection = await NativeConnection.connect({ address });
  const workers = await Promise.all(
    queues.map((taskQueue) =>
      Worker.create({
        connection,
        namespace,
        taskQueue,
        dataConverter: { payloadConverterPath },
        shutdownGraceTime: graceMs,
        stickyQueueScheduleToStartTimeout: stickyMs,
        maxConcurrentActivityTaskExecutions: activitiesMax,
        ...(boundarySocket === null ? {} : { interceptors: { activity: [holdAtBoundaries(boundarySocket)] } }),
        ...parts.get(roleOfQueue(taskQueue))?.(taskQueue),
        ...(taskQueue === taskQueues.incidents ? versionOptions(config.workerVersion) : {}),
      }),
    ),
  );
  const stop = () => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, stop);
  const runs = Promise.all(workers.map((worker) => worker.run()));
  process.stdout.write(`${JSON.stringify({ ready: true, queues })}\n`);
  try {
    await runs;
  } finally {
    stop();
    await connection.close();
  }
}

/**
 * With worker versioning an open incident stays with the code that it began with, and new ones begin with the current
 * build. Activities are not versioned: their inputs and outputs are stored and stay readable.
 */
function versionOptions(version: Config['workerVersion']): Pick<WorkerOptions, 'workerDeploymentOptions'> {
  if (version === null) return {};
  const { deployment, buildId } = version;
  return {
    workerDeploymentOptions: {
      version: { deploymentName: deployment, buildId },
      useWorkerVersioning: true,
      defaultVersioningBehavior: 'PINNED',
    },
  };
}

function readArguments(): { queues: readonly string[]; workflowBundle: string | null } {
  const { values } = parseArgs({ options: { queues: { type: 'string' }, 'workflow-bundle': { type: 'string' } } });
  const queues = (values.queues ?? '').split(',').filter((queue) => queue !== '');
  if (queues.length === 0)
    throw new ConfigError(['--queues: expected task queues such as incidents,reasoning or probes.site-a']);
  return { queues: [...new Set(queues)], workflowBundle: values['workflow-bundle'] ?? null };
}
