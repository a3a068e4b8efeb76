import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { askedTargetSchema } from './state/actions.ts';

/** Cluster, node and job names: lower-case letters, digits, dots and dashes, at most 63 characters. */
const clusterName = z.string().regex(/^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/);
const publicKey = z.string().regex(/^(ssh-ed25519|ecdsa-sha2-nistp256|ssh-rsa) [A-Za-z0-9+/=]+( .*)?$/);

export const clusterConfigSchema = z.strictObject({
  seed: z.int().min(0),
  cluster: clusterName.default('site-a'),
  nodes: z.int().min(1).max(1000).default(10),
  gpusPerNode: z.int().min(1).max(8).default(8),
  /** Training jobs; without it one below 16 nodes and three from there on. */
  jobs: z.int().min(0).max(4).optional(),
  stateDir: z.string().min(1),
  /** `loopback`: 127.x.y.z, one port; `ports`: 127.0.0.1, a port a node; `auto`: the first where the system allows it. */
  addressing: z.enum(['auto', 'loopback', 'ports']).default('auto'),
  /** Without it, logs go to `logs/` in the state folder. */
  s3: z
    .strictObject({
      endpoint: z.url(),
      region: z.string().min(1).default('us-east-1'),
      bucket: z.string().min(3),
      accessKeyId: z.string().min(1),
      secretAccessKey: z.string().min(1),
    })
    .optional(),
  logWindowMs: z.int().min(1_000).default(60_000),
  shippingLagMs: z.int().min(0).default(5_000),
  /** Metrics on 127.0.0.1; 0 takes the port of the last start, else a free one. */
  httpPort: z.int().min(0).max(65_535).default(0),
  alertTargets: z.array(z.strictObject({ url: z.url(), bearerToken: z.string().min(1) })).default([]),
  /** Cluster seconds in a wall second. */
  rate: z.number().positive().max(1000).default(20),
  /** Cluster time of healthy past that exists when a cluster is started for the first time. */
  healthyHistoryMs: z
    .int()
    .min(0)
    .default(30 * 60_000),
  /** Faults that are there from the beginning of the recorded past: the jobs have them from their first step on. */
  beforeStart: z
    .array(
      z.strictObject({
        fault: z.string().min(1),
        target: askedTargetSchema.optional(),
        seed: z.int().min(0).optional(),
        values: z.record(z.string(), z.number()).optional(),
      }),
    )
    .max(20)
    .default([]),
  probePublicKey: publicKey,
  remediationPublicKey: publicKey,
  gateScript: z.string().min(1),
  /** The forced command of the probe key; its allow-list holds here as on a real node. */
  probeScript: z
    .string()
    .min(1)
    .default(() => fileURLToPath(new URL('../gate/wardround-probe.sh', import.meta.url))),
  nodeExecutable: z.string().min(1).default(process.execPath),
});

export type ClusterConfig = z.infer<typeof clusterConfigSchema>;

export function parseConfig(value: unknown): ClusterConfig {
  const config = clusterConfigSchema.parse(value);
  return {
    ...config,
    stateDir: resolve(config.stateDir),
    gateScript: resolve(config.gateScript),
    probeScript: resolve(config.probeScript),
  };
}

export function loadConfig(path: string): ClusterConfig {
  const text = readFileSync(path, 'utf8');
  try {
    return parseConfig(JSON.parse(text));
  } catch (cause) {
    throw new Error(`${path} is not a cluster configuration: ${describe(cause)}`, { cause });
  }
}

function describe(cause: unknown): string {
  return cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause);
}
