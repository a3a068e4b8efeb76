import path from 'node:path';
import { baseEnvironment } from '../../../infra/stack/base-environment.ts';
import { untilAnswered } from '../../../infra/stack/readiness.ts';
import type { StackSecrets } from '../../../infra/stack/secrets.ts';
import type { Servers } from '../../../infra/stack/servers.ts';
import type { ProcessSpec } from '../../../infra/stack/supervise.ts';
import { findModel } from '../../../infra/setup/model.cjs';
import { taskQueues } from '../../../workflows/domain/ids.ts';
import type { Environment } from '../../config.ts';
import type { ReplayCheck } from './replay-open.ts';

const root = path.resolve(import.meta.dirname, '..', '..', '..');
const readyMsMax = 90_000;

/** What the simulated cluster prints when it is up. */
export interface ClusterReady {
  readonly cluster: string;
  readonly httpUrl: string;
  readonly controlSocket: string;
  readonly inventoryPath: string;
}

export function clusterSpec(configFile: string, env: Environment): ProcessSpec<ClusterReady> {
  return {
    name: 'cluster',
    command: process.execPath,
    args: [path.join(root, 'infra/cluster/main.ts'), configFile],
    env: passedOn(env),
    ready: (probe) => probe.line((line) => readyLine<ClusterReady>(line)),
    readyMsMax,
    restart: 'always',
  };
}

/** Writes the workflow code into `bundle` and tells whether the open workflows can go on with it. */
export function workflowCodeSpec(
  bundle: string,
  { address, namespace }: Servers['temporal'],
  env: Environment,
): ProcessSpec<ReplayCheck> {
  return {
    name: 'workflows',
    command: process.execPath,
    args: [
      path.join(root, 'workers/workflow-code.ts'),
      '--bundle',
      bundle,
      '--address',
      address,
      '--namespace',
      namespace,
    ],
    env: passedOn(env),
    ready: (probe) => probe.line((line) => readyLine<ReplayCheck>(line)),
    readyMsMax,
    restart: 'never',
  };
}

export interface OwnProcesses {
  readonly env: Environment;
  readonly servers: Servers;
  readonly secrets: StackSecrets;
  readonly cluster: ClusterReady;
  /** The file of workflow code that the open workflows were checked against. */
  readonly workflowBundle: string;
  readonly apiPort: number;
  readonly observeOnly: boolean;
}

/** Our processes, each with the credentials of its roles and no others (design.md section 4). */
export function ownSpecs(own: OwnProcesses): readonly ProcessSpec[] {
  const { secrets, servers, cluster } = own;
  const account = (name: 'orchestrator' | 'logs' | 'model' | 'probes' | 'remediation') => ({
    WARDROUND_S3_ENDPOINT: servers.s3.endpoint,
    WARDROUND_S3_REGION: servers.s3.region,
    WARDROUND_S3_BUCKET: servers.s3.evidenceBucket,
    WARDROUND_S3_ACCESS_KEY: secrets.s3[name].accessKey,
    WARDROUND_S3_SECRET_KEY: secrets.s3[name].secretKey,
  });
  const name = cluster.cluster;
  return [
    workerSpec(
      own,
      'orchestrator',
      [taskQueues.incidents, taskQueues.reasoning],
      {
        ...account('orchestrator'),
        WARDROUND_CHROMA_URL: servers.chromaUrl,
        ...embedderVariables(own.env),
        WARDROUND_NOTIFY_FILE: own.env['WARDROUND_NOTIFY_FILE'],
        WARDROUND_ARCHIVE_KEY_FILE: secrets.archiveKey.privateFile,
        // Early warnings go the way of every alert.
        WARDROUND_API_URL: `http://127.0.0.1:${own.apiPort}`,
        WARDROUND_API_TOKEN: secrets.apiToken,
      },
      ['--workflow-bundle', own.workflowBundle],
    ),
    workerSpec(own, 'log-worker', [taskQueues.logs], { ...account('logs'), WARDROUND_METRICS_URL: cluster.httpUrl }),
    ...(isModelConfigured(own.env)
      ? [workerSpec(own, 'model-worker', [taskQueues.model], { ...account('model'), ...modelVariables(own.env) })]
      : []),
    workerSpec(own, 'probe-worker', [taskQueues.probes(name)], {
      ...account('probes'),
      WARDROUND_PROBE_KEY_FILE: secrets.probeKey.privateFile,
    }),
    workerSpec(own, 'remediation-worker', [taskQueues.remediation(name)], {
      ...account('remediation'),
      WARDROUND_REMEDIATION_KEY_FILE: secrets.remediationKey.privateFile,
    }),
    apiSpec(own),
  ];
}

function workerSpec(
  own: OwnProcesses,
  name: string,
  queues: readonly string[],
  env: Environment,
  more: readonly string[] = [],
): ProcessSpec {
  return {
    name,
    command: process.execPath,
    args: [path.join(root, 'workers/worker.ts'), '--queues', queues.join(','), ...more],
    env: { ...commonEnv(own), ...env },
    ready: (probe) => probe.line((line) => readyLine(line)),
    readyMsMax,
    stopMsMax: 10_000,
    restart: 'always',
    // In a storm an alert is accepted before the ones before it are worked on.
    background: true,
  };
}

function apiSpec(own: OwnProcesses): ProcessSpec {
  const address = `127.0.0.1:${own.apiPort}`;
  return {
    name: 'api',
    command: process.execPath,
    args: [path.join(root, 'workers/api.ts')],
    env: {
      ...commonEnv(own),
      WARDROUND_API_LISTEN: address,
      WARDROUND_API_TOKEN: own.secrets.apiToken,
      WARDROUND_API_TOKENS_FILE: own.env['WARDROUND_API_TOKENS_FILE'],
      // What an incident may spend stands in its input; the key is the model worker's alone.
      ...modelVariables(own.env),
      WARDROUND_MODEL_KEY: undefined,
    },
    async ready({ signal, line }) {
      // Its own word first: something else may answer on that port.
      await line((text) => (text.includes('"msg":"listening"') ? true : undefined));
      await untilAnswered(signal, async (askSignal) => {
        const response = await fetch(`http://${address}/readyz`, { signal: askSignal });
        if (!response.ok) throw new Error(`/readyz answered ${response.status}`);
      });
    },
    readyMsMax,
    stopMsMax: 10_000,
    restart: 'always',
  };
}

function commonEnv({ env, servers, cluster, observeOnly }: OwnProcesses): Environment {
  return {
    ...passedOn(env),
    WARDROUND_TEMPORAL_ADDRESS: servers.temporal.address,
    WARDROUND_TEMPORAL_NAMESPACE: servers.temporal.namespace,
    WARDROUND_TEMPORAL_UI_URL: servers.temporal.uiUrl,
    WARDROUND_INVENTORY: cluster.inventoryPath,
    WARDROUND_OBSERVE_ONLY: String(observeOnly),
  };
}

/**
 * Who makes the vectors, as for the commands of the same person: two different ones would never meet in one index. The
 * orchestrator's cache folder may be another one than that of the person who set it up.
 */
function embedderVariables(env: Environment): Environment {
  const { WARDROUND_EMBEDDINGS_URL, WARDROUND_EMBEDDINGS_MODEL, WARDROUND_EMBEDDINGS_KEY } = env;
  return {
    WARDROUND_EMBEDDINGS_URL,
    WARDROUND_EMBEDDINGS_MODEL,
    WARDROUND_EMBEDDINGS_KEY,
    WARDROUND_EMBEDDER: env['WARDROUND_EMBEDDER'],
    WARDROUND_EMBEDDING_MODEL_FILE: findModel(env)?.path,
  };
}

function isModelConfigured(env: Environment): boolean {
  return Object.entries(modelVariables(env)).some(
    ([name, value]) =>
      (name === 'WARDROUND_MODEL_URL' || name === 'WARDROUND_MODEL_NAME') && (value ?? '').trim() !== '',
  );
}

function modelVariables(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([name]) => name.startsWith('WARDROUND_MODEL_')));
}

/** What a person set for all processes; no credential of theirs is among it. */
function passedOn(env: Environment): Environment {
  const { WARDROUND_LOG_LEVEL, WARDROUND_APPROVAL_MINUTES, WARDROUND_HUMAN_ACTION_HOURS } = env;
  const { WARDROUND_BOUNDARY_SOCKET } = env;
  return {
    ...baseEnvironment(env),
    WARDROUND_LOG_LEVEL,
    WARDROUND_APPROVAL_MINUTES,
    WARDROUND_HUMAN_ACTION_HOURS,
    WARDROUND_BOUNDARY_SOCKET,
  };
}

function readyLine<T>(line: string): T | undefined {
  if (!line.startsWith('{"ready":true')) return undefined;
  // Our own processes write it; a field that is missing shows at once.
  return JSON.parse(line) as T;
}
