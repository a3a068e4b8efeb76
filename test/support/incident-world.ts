import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { inject } from 'vitest';
import type { AlertObservation } from '../../workflows/domain/alert.ts';
import { clusterWorkflowId, incidentWorkflowId, taskQueues } from '../../workflows/domain/ids.ts';
import { registerSearchAttributes } from '../../activities/adapters/search-attributes.ts';
import {
  defaultIncidentSettings,
  type IncidentInput,
  type IncidentSettings,
} from '../../workflows/domain/incident-input.ts';
import type { IncidentView } from '../../workflows/domain/incident-view.ts';
import { incidentView } from '../../workflows/messages.ts';
import type { cluster, incident } from '../../workflows/index.ts';
import { repositoryPath } from './repository.ts';

type Activities = Record<string, (input: never) => Promise<unknown>>;

export interface IncidentWorld {
  readonly client: Client;
  readonly namespace: string;
  /** The cluster of the latest workers: a new one each time, so that tests share no lease and no attempt. */
  clusterName(): string;
  /** Workers of all queues with these activities; returns the function that stops them. */
  startWorkers(activities: Activities, ofCluster?: string): Promise<() => Promise<void>>;
  /** A worker of the workflows alone, with code of its own and, if wanted, a version. */
  startWorkflows(
    codePath: string,
    version?: { readonly deploymentName: string; readonly buildId: string },
  ): Promise<() => Promise<void>>;
  /** Workers of all activity queues of the latest cluster, or a new one. */
  startActivities(activities: Activities, ofCluster?: string): Promise<() => Promise<void>>;
  startIncident(
    settings?: Partial<IncidentSettings>,
    alert?: AlertObservation | null,
    continued?: IncidentInput['continued'],
  ): Promise<IncidentHandle>;
  close(): Promise<void>;
}

/** Tests of people's waits, notifications, archives and what a repair leaves ask for them; the others end before. */
const testSettings = {
  ...defaultIncidentSettings,
  humanActionMs: 0,
  notify: false,
  archive: false,
  takeUpRemains: false,
};

export type IncidentHandle = Awaited<ReturnType<typeof startIncidentOn>>;

/** A namespace of its own on the shared server, so that test files never take each other's tasks. */
export async function openWorld(): Promise<IncidentWorld> {
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { forward: {}, filter: 'ERROR' } },
  });
  const address = inject('temporalAddress');
  const namespace = `test-${randomUUID().slice(0, 8)}`;
  const connection = await Connection.connect({ address });
  await connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
  });
  await waitForNamespace(connection, namespace);
  await registerSearchAttributes(connection, namespace);
  const native = await NativeConnection.connect({ address });
  const dataConverter = { payloadConverterPath: repositoryPath('workflows/payload-converter.ts') };
  const client = new Client({ connection, namespace, dataConverter });
  let clusterName = 'none-yet';
  const world: IncidentWorld = {
    client,
    namespace,
    clusterName: () => clusterName,
    async startWorkers(activities, ofCluster) {
      const stopActivities = await world.startActivities(activities, ofCluster);
      const stopWorkflows = await world.startWorkflows(inject('workflowBundlePath'));
      return async () => void (await Promise.all([stopWorkflows(), stopActivities()]));
    },
    async startWorkflows(codePath, version) {
      const worker = await Worker.create({
        connection: native,
        namespace,
        dataConverter,
        taskQueue: taskQueues.incidents,
        workflowBundle: { codePath },
        ...(version === undefined
          ? {}
          : {
              workerDeploymentOptions: {
                version,
                useWorkerVersioning: true,
                defaultVersioningBehavior: 'PINNED' as const,
              },
            }),
      });
      return running([worker]);
    },
    async startActivities(activities, ofCluster = `site-${randomUUID().slice(0, 8)}`) {
      clusterName = ofCluster;
      const queues = [
        taskQueues.reasoning,
        taskQueues.logs,
        ...('askModel' in activities ? [taskQueues.model] : []),
        taskQueues.probes(clusterName),
        taskQueues.remediation(clusterName),
      ];
      const options = { connection: native, namespace, dataConverter, activities };
      return running(await Promise.all(queues.map((taskQueue) => Worker.create({ ...options, taskQueue }))));
    },
    startIncident: (settings = {}, alert = anAlert(), continued) =>
      startIncidentOn(client, clusterName, settings, alert, continued),
    async close() {
      await native.close();
      await connection.close();
    },
  };
  return world;
}

/** Runs the workers; returns the function that stops them. */
function running(workers: readonly Worker[]): () => Promise<void> {
  const runs = workers.map((worker) => worker.run());
  return async () => {
    for (const worker of workers) worker.shutdown();
    await Promise.all(runs);
  };
}

async function startIncidentOn(
  client: Client,
  clusterName: string,
  settings: Partial<IncidentSettings>,
  alert: AlertObservation | null,
  continued?: IncidentInput['continued'],
) {
  const groupHash = randomUUID().replaceAll('-', '').slice(0, 16);
  await client.workflow.start<typeof cluster>('cluster', {
    workflowId: clusterWorkflowId(clusterName),
    taskQueue: taskQueues.incidents,
    workflowIdConflictPolicy: 'USE_EXISTING',
    args: [{ cluster: clusterName }],
  });
  const options = {
    workflowId: incidentWorkflowId(clusterName, groupHash),
    taskQueue: taskQueues.incidents,
    args: [
      {
        cluster: clusterName,
        groupHash,
        settings: { ...testSettings, ...settings },
        ...(continued === undefined ? {} : { continued }),
      },
    ],
  } as const;
  return alert === null
    ? client.workflow.start<typeof incident>('incident', options as never)
    : client.workflow.signalWithStart<typeof incident, [AlertObservation]>('incident', {
        ...(options as never as { workflowId: string; taskQueue: string; args: Parameters<typeof incident> }),
        signal: 'alertObserved',
        signalArgs: [alert],
      });
}

export function anAlert(): AlertObservation {
  return {
    receivedAtMs: 1_790_000_000_000,
    status: 'firing',
    groupLabels: { alertname: 'TrainingStepSlow', cluster: 'site-a', job: 'pretrain' },
    alerts: [
      {
        fingerprint: '00aa11bb22cc33dd',
        status: 'firing',
        startsAtMs: 1_790_000_000_000,
        labels: { alertname: 'TrainingStepSlow', cluster: 'site-a', job: 'pretrain', severity: 'critical' },
        summary: 'steps take three times as long as before',
      },
    ],
    truncated: 0,
  };
}

/** A new namespace takes a moment to reach every part of the server; asked until it answers, within a bound. */
async function waitForNamespace(connection: Connection, namespace: string): Promise<void> {
  const untilMs = Date.now() + 30_000;
  for (;;) {
    try {
      await connection.workflowService.listOpenWorkflowExecutions({ namespace, maximumPageSize: 1 });
      return;
    } catch (error) {
      if (Date.now() > untilMs) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** The view as soon as it is as wanted; asked again and again within the test's own time limit. */
export async function until(handle: IncidentHandle, wanted: (view: IncidentView) => boolean): Promise<IncidentView> {
  for (;;) {
    const view = await handle.query(incidentView);
    if (wanted(view)) return view;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
