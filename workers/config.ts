import { homedir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { findModel, model } from '../infra/setup/model.cjs';
import { cacheDir } from '../infra/setup/tools.cjs';
import { readSimulatorFile } from '../infra/stack/simulator-file.ts';
import { readStackFile } from '../infra/stack/stack-file.ts';
import { isHostPort, splitHostPort, urlHost } from './host-port.ts';
import { modelConfig, modelVariables, type ModelSettings } from './model-config.ts';

/** Everything the environment can say, checked and typed. `null` means: not configured. */
export interface Config extends ModelSettings {
  readonly temporal: { readonly address: string; readonly namespace: string; readonly uiUrl: string | null };
  readonly s3: S3Config | null;
  readonly chromaUrl: string | null;
  readonly metricsUrl: string | null;
  /** An inventory JSON file, or a folder of them. */
  readonly inventoryPath: string | null;
  readonly probeKeyFile: string | null;
  /** What probes may ask of nodes; the other bounds are in activities/adapters/ssh/probe-limits.ts. */
  readonly probeLimits: {
    /** Commands a minute and node, over all incidents of a probe worker. */
    readonly perNodeMinuteMax: number;
    /** Commands under way at once, over all nodes. */
    readonly commandsMax: number;
  };
  readonly remediationKeyFile: string | null;
  /** The Ed25519 key that signs archives (PEM); without one they are kept unsigned. */
  readonly archiveKeyFile: string | null;
  /** The public half of the key whose seals count as trusted. */
  readonly archivePublicKeyFile: string | null;
  /** Lists the receivers of notifications; holds their secrets. */
  readonly notifyFile: string | null;
  /** Learned rules for routine log lines. */
  readonly filterRulesFile: string;
  readonly apiListen: { readonly host: string; readonly port: number };
  /** Where clients find the API. */
  readonly apiUrl: string;
  readonly apiToken: string | null;
  /** A list of tokens by source, beside or instead of the one token. */
  readonly apiTokensFile: string | null;
  readonly observeOnly: boolean;
  readonly embeddings: { readonly url: string; readonly model: string; readonly key: string | null } | null;
  /** The embedder of this process where no server is configured. */
  readonly embedder: 'minilm' | 'hashing';
  /** The weights of the small model; null where they are not installed. */
  readonly embeddingModelFile: string | null;
  /** Vectors that were made once, for all state folders of this user. */
  readonly vectorCacheDir: string;
  readonly stateDir: string;
  readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';
  readonly approvalMs: number;
  /** How long a hand-over waits for people before the incident is closed; 0: not at all. */
  readonly humanActionMs: number;
  /** Worker versioning: which build of which deployment this process is; `null` in the single-version `up`. */
  readonly workerVersion: { readonly deployment: string; readonly buildId: string } | null;
  /** Benchmarks and tests alone: where activities wait at their boundaries until they are released. */
  readonly boundarySocket: string | null;
  readonly tools: { readonly temporal: string | null; readonly versitygw: string | null };
}

export interface S3Config {
  /** `null`: the provider's own endpoint of the region. */
  readonly endpoint: string | null;
  readonly region: string;
  /** The bucket for evidence; raw logs have theirs in the inventory. */
  readonly bucket: string;
  readonly accessKey: string;
  readonly secretKey: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** For processes that are started on a person's behalf; what each of them gets is chosen by name. */
export function processEnvironment(): Environment {
  return process.env;
}

/** The configuration is wrong; each problem names its variable and the expected form, never a secret's value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(`Configuration:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

/**
 * Reads the environment once. What it leaves open comes from the stack file of a running `wardround up`, so that
 * commands in a clone need no configuration; a variable that is set always wins.
 */
export function loadConfig(env: Environment = process.env): Config {
  const parsed = environmentSchema.safeParse(withoutBlanks(env));
  if (!parsed.success) throw new ConfigError(parsed.error.issues.map((issue) => describeIssue(issue, env)));
  const values = parsed.data;
  const stateDir = path.resolve(values.WARDROUND_STATE_DIR ?? defaultStateDir(env));
  const stack = readStackFile(stateDir);
  const listen = splitHostPort(values.WARDROUND_API_LISTEN);
  return {
    temporal: {
      address: values.WARDROUND_TEMPORAL_ADDRESS ?? stack?.temporal.address ?? '127.0.0.1:7233',
      namespace: values.WARDROUND_TEMPORAL_NAMESPACE ?? stack?.temporal.namespace ?? 'default',
      uiUrl: values.WARDROUND_TEMPORAL_UI_URL ?? stack?.temporal.uiUrl ?? null,
    },
    s3: s3Config(values),
    chromaUrl: values.WARDROUND_CHROMA_URL ?? stack?.chromaUrl ?? null,
    metricsUrl: values.WARDROUND_METRICS_URL ?? null,
    inventoryPath: values.WARDROUND_INVENTORY ?? stack?.inventoryPath ?? readSimulatorFile(stateDir),
    probeKeyFile: values.WARDROUND_PROBE_KEY_FILE ?? null,
    probeLimits: {
      perNodeMinuteMax: values.WARDROUND_PROBE_COMMANDS_PER_MINUTE,
      commandsMax: values.WARDROUND_PROBE_COMMANDS_AT_ONCE,
    },
    remediationKeyFile: values.WARDROUND_REMEDIATION_KEY_FILE ?? null,
    archiveKeyFile: values.WARDROUND_ARCHIVE_KEY_FILE ?? null,
    archivePublicKeyFile: values.WARDROUND_ARCHIVE_PUBLIC_KEY_FILE ?? stack?.archivePublicKeyFile ?? null,
    notifyFile: values.WARDROUND_NOTIFY_FILE ?? null,
    filterRulesFile: values.WARDROUND_FILTER_RULES_FILE ?? path.join(stateDir, 'filter-rules.json'),
    apiListen: listen,
    apiUrl:
      values.WARDROUND_API_URL ??
      (env['WARDROUND_API_LISTEN'] === undefined && stack !== null && stack.api !== null
        ? stack.api.url
        : `http://${urlHost(listen)}`),
    apiToken: values.WARDROUND_API_TOKEN ?? stack?.api?.token ?? null,
    apiTokensFile: values.WARDROUND_API_TOKENS_FILE ?? null,
    observeOnly: values.WARDROUND_OBSERVE_ONLY,
    embeddings: embeddingsConfig(values),
    ...modelConfig(values, refuse),
    embedder: values.WARDROUND_EMBEDDER,
    embeddingModelFile: embeddingModelFile(values, env),
    vectorCacheDir: path.join(cacheDir(env), 'vectors'),
    stateDir,
    logLevel: values.WARDROUND_LOG_LEVEL,
    approvalMs: values.WARDROUND_APPROVAL_MINUTES * 60_000,
    humanActionMs: values.WARDROUND_HUMAN_ACTION_HOURS * 3_600_000,
    workerVersion: workerVersion(values),
    boundarySocket: values.WARDROUND_BOUNDARY_SOCKET ?? null,
    tools: {
      temporal: values.WARDROUND_TEMPORAL_BIN ?? null,
      versitygw: values.WARDROUND_VERSITYGW_BIN ?? null,
    },
  };
}

/**
 * The part of the configuration that one kind of process may see (design.md section 4), with what it cannot do
 * without present: the orchestrator is never handed an SSH key, the remediation worker never an embeddings server.
 */
export function configFor<R extends Role>(config: Config, role: R): RoleConfig<R> {
  const { needs, may } = roleParts[role];
  const missing = needs.filter((part) => config[part] === null);
  if (missing.length > 0)
    throw new ConfigError(missing.map((part) => `${variableOf[part]}: the ${role} process cannot run without it`));
  const shown = [...sharedParts, ...needs, ...may].map((part) => [part, config[part]]);
  // Exactly the role's parts, and the loop above showed that none of the needed ones is null.
  return Object.fromEntries(shown) as RoleConfig<R>;
}

const sharedParts = ['temporal', 'logLevel', 'stateDir'] as const;

const roleParts = {
  orchestrator: {
    needs: ['s3', 'chromaUrl', 'inventoryPath'],
    may: [
      'embeddings',
      'embedder',
      'embeddingModelFile',
      'vectorCacheDir',
      'approvalMs',
      'humanActionMs',
      'observeOnly',
      'notifyFile',
      'archiveKeyFile',
      'apiUrl',
      'apiToken',
    ],
  },
  logs: { needs: ['s3', 'inventoryPath'], may: ['metricsUrl'] },
  model: { needs: ['s3', 'model'], may: [] },
  probes: { needs: ['s3', 'inventoryPath', 'probeKeyFile'], may: ['probeLimits'] },
  remediation: { needs: ['s3', 'inventoryPath', 'remediationKeyFile'], may: ['observeOnly'] },
  api: { needs: [], may: ['apiListen', 'inventoryPath', 'apiToken', 'apiTokensFile', 'modelBudget'] },
  cli: {
    needs: [],
    may: [
      'apiUrl',
      'apiToken',
      'inventoryPath',
      'chromaUrl',
      'embeddings',
      'embedder',
      'embeddingModelFile',
      'vectorCacheDir',
      's3',
      'approvalMs',
      'humanActionMs',
      'modelBudget',
      'archivePublicKeyFile',
    ],
  },
} as const satisfies Record<string, { needs: readonly NeededPart[]; may: readonly (keyof Config)[] }>;

type NeededPart = keyof typeof variableOf;
export type Role = keyof typeof roleParts;
export type RoleConfig<R extends Role> = Pick<
  Config,
  (typeof sharedParts)[number] | (typeof roleParts)[R]['may'][number]
> & { readonly [P in (typeof roleParts)[R]['needs'][number]]: NonNullable<Config[P]> };

const variableOf = {
  s3: 'WARDROUND_S3_BUCKET, WARDROUND_S3_ACCESS_KEY, WARDROUND_S3_SECRET_KEY',
  chromaUrl: 'WARDROUND_CHROMA_URL',
  inventoryPath: 'WARDROUND_INVENTORY',
  probeKeyFile: 'WARDROUND_PROBE_KEY_FILE',
  remediationKeyFile: 'WARDROUND_REMEDIATION_KEY_FILE',
  model: 'WARDROUND_MODEL_URL, WARDROUND_MODEL_NAME',
} as const;

const httpUrl = (example: string) =>
  z.url({ protocol: /^https?$/, error: `expected an http or https URL such as ${example}` });
// `fetch` takes none, and what cannot be reached is named in histories and reports by its address.
const bareUrl = (example: string) =>
  httpUrl(example).refine((text) => !userInfo.test(text), 'a user name or password does not belong in an address');
const userInfo = /\/\/[^/?#]*@/;
const hostPort = (example: string) => z.string().refine(isHostPort, `expected host:port such as ${example}`);
const wholeNumber = (example: string, min: number, max: number) =>
  z.coerce
    .number(`expected a whole number such as ${example}`)
    .int(`expected a whole number such as ${example}`)
    .min(min, `expected at least ${min}`)
    .max(max, `expected at most ${max}`);
const flag = z
  .enum(['true', 'false', '1', '0', 'yes', 'no'], 'expected true or false')
  .transform((word) => word === 'true' || word === '1' || word === 'yes');
// Bearer tokens shorter than this can be guessed over the network in reasonable time.
const tokenCharsMin = 16;

// The server takes any text without its delimiters `.` and `:`; this is what people can also type.
const deploymentName = /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/;
const deploymentForm = 'expected letters, digits, underscores and dashes';

const environmentSchema = z.object({
  WARDROUND_TEMPORAL_ADDRESS: hostPort('temporal.example.com:7233').optional(),
  WARDROUND_TEMPORAL_NAMESPACE: z.string().optional(),
  WARDROUND_TEMPORAL_UI_URL: httpUrl('https://temporal.example.com').optional(),
  WARDROUND_S3_ENDPOINT: httpUrl('https://s3.example.com').optional(),
  WARDROUND_S3_REGION: z.string().default('us-east-1'),
  WARDROUND_S3_BUCKET: z
    .string()
    .regex(
      /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
      'expected a bucket name of 3 to 63 lower-case letters, digits, dots and dashes',
    )
    .optional(),
  WARDROUND_S3_ACCESS_KEY: z.string().optional(),
  WARDROUND_S3_SECRET_KEY: z.string().optional(),
  WARDROUND_CHROMA_URL: httpUrl('http://chroma.example.com:8000').optional(),
  WARDROUND_METRICS_URL: bareUrl('http://prometheus.example.com:9090').optional(),
  WARDROUND_INVENTORY: z.string().optional(),
  WARDROUND_PROBE_KEY_FILE: z.string().optional(),
  WARDROUND_PROBE_COMMANDS_PER_MINUTE: wholeNumber('240', 1, 6_000).default(240),
  WARDROUND_PROBE_COMMANDS_AT_ONCE: wholeNumber('128', 1, 1_000).default(128),
  WARDROUND_REMEDIATION_KEY_FILE: z.string().optional(),
  WARDROUND_ARCHIVE_KEY_FILE: z.string().optional(),
  WARDROUND_ARCHIVE_PUBLIC_KEY_FILE: z.string().optional(),
  WARDROUND_NOTIFY_FILE: z.string().optional(),
  WARDROUND_FILTER_RULES_FILE: z.string().optional(),
  WARDROUND_API_LISTEN: hostPort('127.0.0.1:8080').default('127.0.0.1:8080'),
  WARDROUND_API_TOKENS_FILE: z.string().optional(),
  WARDROUND_API_URL: bareUrl('https://wardround.example.com').optional(),
  WARDROUND_API_TOKEN: z.string().min(tokenCharsMin, `expected at least ${tokenCharsMin} characters`).optional(),
  WARDROUND_OBSERVE_ONLY: flag.default(false),
  WARDROUND_EMBEDDINGS_URL: httpUrl('http://127.0.0.1:8000/v1').optional(),
  WARDROUND_EMBEDDINGS_MODEL: z.string().optional(),
  WARDROUND_EMBEDDINGS_KEY: z.string().optional(),
  ...modelVariables(bareUrl, wholeNumber),
  WARDROUND_EMBEDDER: z.enum(['minilm', 'hashing'], 'expected minilm or hashing').default('minilm'),
  WARDROUND_EMBEDDING_MODEL_FILE: z.string().optional(),
  WARDROUND_STATE_DIR: z.string().optional(),
  WARDROUND_LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal'], 'expected trace, debug, info, warn, error or fatal')
    .default('info'),
  WARDROUND_APPROVAL_MINUTES: z.coerce
    .number('expected a whole number of minutes such as 240')
    .int('expected a whole number of minutes such as 240')
    .min(1, 'expected at least 1 minute')
    .max(7 * 24 * 60, 'expected at most 10080 minutes, which is a week')
    .default(240),
  WARDROUND_HUMAN_ACTION_HOURS: z.coerce
    .number('expected a number of hours such as 72')
    .min(0, 'expected a number of hours, 0 for no wait')
    .max(30 * 24, 'expected at most 720 hours, which is 30 days')
    .default(72),
  WARDROUND_WORKER_DEPLOYMENT: z.string().regex(deploymentName, deploymentForm).optional(),
  WARDROUND_WORKER_BUILD_ID: z.string().regex(deploymentName, deploymentForm).optional(),
  WARDROUND_BOUNDARY_SOCKET: z.string().startsWith('/', 'expected the absolute path of a unix socket').optional(),
  WARDROUND_TEMPORAL_BIN: z.string().optional(),
  WARDROUND_VERSITYGW_BIN: z.string().optional(),
});

type Values = z.infer<typeof environmentSchema>;

function refuse(problem: string): never {
  throw new ConfigError([problem]);
}

const secretVariable = /KEY$|TOKEN$/;

function describeIssue(issue: z.core.$ZodIssue, env: Environment): string {
  const variable = String(issue.path[0]);
  const value = (env[variable] ?? '').slice(0, 200).replace(userInfo, '//…@');
  const got = secretVariable.test(variable) ? '' : `, not "${value}"`;
  return `${variable}: ${issue.message}${got}`;
}

/** Compose files and units pass unset variables on as empty ones. */
function withoutBlanks(env: Environment): Environment {
  return Object.fromEntries(
    Object.entries(env).filter(
      ([name, value]) => name.startsWith('WARDROUND_') && value !== undefined && value.trim() !== '',
    ),
  );
}

function s3Config(values: Values): S3Config | null {
  const {
    WARDROUND_S3_BUCKET: bucket,
    WARDROUND_S3_ACCESS_KEY: accessKey,
    WARDROUND_S3_SECRET_KEY: secretKey,
  } = values;
  if (bucket === undefined && accessKey === undefined && secretKey === undefined) return null;
  if (bucket === undefined || accessKey === undefined || secretKey === undefined)
    throw new ConfigError(
      [
        ['WARDROUND_S3_BUCKET', bucket] as const,
        ['WARDROUND_S3_ACCESS_KEY', accessKey] as const,
        ['WARDROUND_S3_SECRET_KEY', secretKey] as const,
      ]
        .filter(([, value]) => value === undefined)
        .map(([variable]) => `${variable}: bucket, access key and secret key belong together; this one is missing`),
    );
  return {
    endpoint: values.WARDROUND_S3_ENDPOINT ?? null,
    region: values.WARDROUND_S3_REGION,
    bucket,
    accessKey,
    secretKey,
  };
}

function embeddingsConfig(values: Values): Config['embeddings'] {
  const { WARDROUND_EMBEDDINGS_URL: url, WARDROUND_EMBEDDINGS_MODEL: model, WARDROUND_EMBEDDINGS_KEY: key } = values;
  if (url === undefined && model === undefined) return null;
  if (url === undefined || model === undefined)
    throw new ConfigError([
      `WARDROUND_EMBEDDINGS_${url === undefined ? 'URL' : 'MODEL'}: URL and MODEL of the embeddings server belong together; this one is missing`,
    ]);
  return { url, model, key: key ?? null };
}

function embeddingModelFile(values: Values, env: Environment): string | null {
  const configured = values.WARDROUND_EMBEDDING_MODEL_FILE;
  const found = findModel({ ...env, ...(configured === undefined ? {} : { [model.variable]: configured }) });
  if (configured !== undefined && found === undefined)
    throw new ConfigError([`WARDROUND_EMBEDDING_MODEL_FILE: ${configured} is no file`]);
  return found?.path ?? null;
}

/** In a clone the state lies beside the code, elsewhere in the user's state folder. */
function defaultStateDir(env: Environment): string {
  if (!packageRoot.includes(`${path.sep}node_modules${path.sep}`)) return path.join(packageRoot, '.wardround');
  const base = env['XDG_STATE_HOME'];
  return path.join(
    base !== undefined && path.isAbsolute(base) ? base : path.join(homedir(), '.local', 'state'),
    'wardround',
  );
}

const packageRoot = path.resolve(import.meta.dirname, '..');

/** Half a version would run unversioned without a word. */
function workerVersion(values: z.infer<typeof environmentSchema>): Config['workerVersion'] {
  const { WARDROUND_WORKER_DEPLOYMENT: deployment, WARDROUND_WORKER_BUILD_ID: buildId } = values;
  if (deployment === undefined && buildId === undefined) return null;
  if (deployment === undefined) throw new ConfigError(['WARDROUND_WORKER_DEPLOYMENT: needed with a build id']);
  if (buildId === undefined) throw new ConfigError(['WARDROUND_WORKER_BUILD_ID: needed with a deployment']);
  return { deployment, buildId };
}
