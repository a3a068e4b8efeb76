import { z } from 'zod';
import { namePattern } from '../../workflows/domain/ids.ts';
import { trainingRunSchema } from './training-run.ts';

const name = z.string().regex(namePattern, 'lower-case letters, digits, dots and dashes, at most 63 characters');

export const gpuSchema = z.strictObject({
  index: z.int().min(0).max(15),
  uuid: z.string().regex(/^GPU-[0-9a-f-]{36}$/),
  /** As `nvidia-smi` prints it: `00000000:07:00.0`. */
  pciBusId: z.string().regex(/^[0-9a-fA-F]{8}:[0-9a-fA-F]{2}:[0-9a-fA-F]{2}\.[0-9]$/),
  model: z.string().min(1),
});

/** Host name or address as tools take it on their command lines. */
const hostName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9.:-]{0,252}$/, 'a host name or an address');

/** A part of a Redfish path, such as `System.Embedded.1` or `Self`. */
export const redfishIdWord = '[A-Za-z0-9][A-Za-z0-9._-]{0,63}';
const redfishId = z.string().regex(new RegExp(`^${redfishIdWord}$`), 'letters, digits, dots, dashes and _');

/** What a controller calls the server and its event log: `1` with HPE, Lenovo and Supermicro, `System.Embedded.1` with Dell, `Self` with AMI. */
export const redfishNames = z.strictObject({ system: redfishId.default('1'), log: redfishId.default('SEL') });

/** An SSH server; one whose key is not listed is never talked to. */
export const sshAddressSchema = z.strictObject({
  host: z.string().min(1),
  port: z.int().min(1).max(65535),
  user: z.string().regex(/^[a-z_][a-z0-9_-]{0,31}$/),
  /** OpenSSH public key lines (`ssh-ed25519 AAAA…`). */
  hostKeys: z.array(z.string().regex(/^(ssh-ed25519|ecdsa-sha2-nistp256|ssh-rsa) [A-Za-z0-9+/=]+$/)).min(1),
  /** Name of one of the inventory's jump hosts, over which the connection goes. */
  jump: name.optional(),
});

export const nodeSchema = z.strictObject({
  name,
  ssh: sshAddressSchema,
  /** Where its peers reach it (host name or address); the name of the node where nothing is said. */
  address: hostName.optional(),
  gpus: z.array(gpuSchema).max(16),
  /** RDMA adapters by the name that the node's own tools use, such as `mlx5_2`; port numbers from 1. */
  hcas: z
    .array(z.strictObject({ name: z.string().regex(/^[a-z][a-z0-9_]{0,31}$/), port: z.int().min(1).max(4) }))
    .max(32)
    .default([]),
  rail: z.string().optional(),
  leaf: z.string().optional(),
  rack: z.string().optional(),
  powerUnit: z.string().optional(),
  /** Management controller; host name or address. */
  bmc: hostName.optional(),
  /** What the controller calls the server and its event log by Redfish, where it is not `1` and `SEL`. */
  redfish: redfishNames.optional(),
});

export const rankPlacementSchema = z.strictObject({ rank: z.int().min(0), node: name, gpu: z.int().min(0).max(15) });

export const jobSchema = z.strictObject({
  name,
  /** World size equals the number of placements; ranks are 0 to world size - 1. */
  ranks: z.array(rankPlacementSchema).min(1),
  framework: z.string().min(1),
  /** Where its ranks meet (`MASTER_ADDR`, `MASTER_PORT`). */
  rendezvous: z.strictObject({ host: hostName, port: z.int().min(1).max(65535) }).optional(),
  /** What it trains, how it is laid out: from this follows how fast it should be. */
  training: trainingRunSchema.optional(),
});

/**
 * Key templates of shipped logs. Placeholders `{cluster} {job} {rank} {node} {fromMs} {toMs}`; rank has five
 * digits. One object holds what one source wrote in one window of cluster time, and is written once.
 */
export const logLayoutSchema = z.strictObject({
  bucket: z.string().min(3),
  rank: z.string().default('logs/{cluster}/{job}/rank-{rank}/{fromMs}-{toMs}.log'),
  kernel: z.string().default('logs/{cluster}/{node}/kernel/{fromMs}-{toMs}.log'),
  windowMs: z.int().positive(),
  /** Silence counts only after this much cluster time (design.md section 4). */
  shippingLagMs: z.int().min(0),
});

/** Cluster time = clusterEpochMs + rate * (wall - wallEpochMs). Real clusters: rate 1, both epochs 0. */
export const clockSchema = z.strictObject({
  wallEpochMs: z.number(),
  clusterEpochMs: z.number(),
  rate: z.number().positive(),
});

export const inventorySchema = z
  .strictObject({
    version: z.literal(1),
    cluster: name,
    platform: z.literal('nvidia-linux'),
    nodes: z.array(nodeSchema).min(1).max(1000),
    jobs: z.array(jobSchema).max(100),
    /** Host from which management controllers and switches are asked, and where the scheduler's tools are. */
    management: z.strictObject({ name, ssh: sshAddressSchema }).optional(),
    jumpHosts: z
      .array(z.strictObject({ name, ssh: sshAddressSchema }))
      .max(16)
      .default([]),
    /** Mount points that every node must have. */
    mounts: z
      .array(z.string().regex(/^\/[A-Za-z0-9._/-]{0,254}$/))
      .max(32)
      .default([]),
    /** Network interfaces of Ethernet fabrics, such as `eth0`. */
    interfaces: z
      .array(z.string().regex(/^[a-z][a-z0-9._-]{0,14}$/))
      .max(16)
      .default([]),
    logs: logLayoutSchema,
    clock: clockSchema,
    metrics: z.strictObject({ url: z.url() }).optional(),
  })
  .superRefine((inventory, ctx) => {
    const nodes = new Map(inventory.nodes.map((node) => [node.name, node]));
    if (nodes.size !== inventory.nodes.length) ctx.addIssue({ code: 'custom', message: 'two nodes have one name' });
    const jumpHosts = new Set(inventory.jumpHosts.map((host) => host.name));
    for (const { name: host, ssh } of [...inventory.nodes, ...inventory.jumpHosts, inventory.management ?? []].flat())
      if (ssh.jump !== undefined && (!jumpHosts.has(ssh.jump) || ssh.jump === host))
        ctx.addIssue({ code: 'custom', message: `${host}: there is no other jump host ${ssh.jump}` });
    for (const job of inventory.jobs)
      for (const placement of job.ranks) {
        const node = nodes.get(placement.node);
        if (node === undefined || !node.gpus.some((gpu) => gpu.index === placement.gpu))
          ctx.addIssue({
            code: 'custom',
            message: `job ${job.name} rank ${placement.rank}: no GPU ${placement.gpu} on ${placement.node}`,
          });
      }
  });

export type Inventory = z.infer<typeof inventorySchema>;
export type InventoryNode = z.infer<typeof nodeSchema>;
export type SshAddress = z.infer<typeof sshAddressSchema>;
export type ClusterClock = z.infer<typeof clockSchema>;

export function toClusterMs(clock: ClusterClock, wallMs: number): number {
  return clock.clusterEpochMs + clock.rate * (wallMs - clock.wallEpochMs);
}

/** Wall milliseconds at which the cluster's clock shows `clusterMs`. */
export function toWallMs(clock: ClusterClock, clusterMs: number): number {
  return clock.wallEpochMs + wallDuration(clock, clusterMs - clock.clusterEpochMs);
}

/** Wall milliseconds that pass while `clusterMs` pass in the cluster. */
export function wallDuration(clock: ClusterClock, clusterMs: number): number {
  return clusterMs / clock.rate;
}
