import { z } from 'zod';
import { gpuSchema, inventorySchema, jobSchema, nodeSchema, sshAddressSchema } from '../schemas/inventory.ts';

/*
 * An inventory that still lacks something. No source knows everything that an inventory needs: a scheduler knows
 * jobs and no host keys, a node knows its GPUs and not its rack. What is missing stays visible as missing.
 */

export const draftSshSchema = z.strictObject({
  ...sshAddressSchema.shape,
  port: sshAddressSchema.shape.port.default(22),
  user: sshAddressSchema.shape.user.optional(),
  hostKeys: z.array(sshAddressSchema.shape.hostKeys.element).default([]),
});

export const draftGpuSchema = z.strictObject({
  index: gpuSchema.shape.index,
  uuid: gpuSchema.shape.uuid.optional(),
  pciBusId: gpuSchema.shape.pciBusId.optional(),
  model: gpuSchema.shape.model.optional(),
});

export const draftNodeSchema = z.strictObject({
  ...nodeSchema.shape,
  ssh: draftSshSchema,
  gpus: z.array(draftGpuSchema).max(16).default([]),
});

const hostSchema = z.strictObject({ name: nodeSchema.shape.name, ssh: draftSshSchema });

export const draftSchema = z.strictObject({
  ...inventorySchema.shape,
  version: inventorySchema.shape.version.default(1),
  platform: inventorySchema.shape.platform.default('nvidia-linux'),
  nodes: z.array(draftNodeSchema).max(1000).default([]),
  jobs: z.array(jobSchema).max(100).default([]),
  management: hostSchema.optional(),
  jumpHosts: z.array(hostSchema).max(16).default([]),
  logs: inventorySchema.shape.logs.optional(),
  /** A real cluster's clock is the wall's. */
  clock: inventorySchema.shape.clock.default({ wallEpochMs: 0, clusterEpochMs: 0, rate: 1 }),
});

export type Draft = z.infer<typeof draftSchema>;
export type DraftNode = z.infer<typeof draftNodeSchema>;
export type DraftHost = z.infer<typeof hostSchema>;
export type DraftJob = Draft['jobs'][number];

/** Something that a person has to know of an import; nothing is dropped without one. */
export interface Note {
  readonly kind:
    | 'left-out' // it stands in the source and not in the inventory
    | 'not-told' // the inventory needs it, the source does not say it
    | 'assumed' // taken from a convention: to be looked at
    | 'conflict' // what stood in the inventory was kept against the source
    | 'seen'; // worth knowing, and not a thing that an inventory holds
  /** Node, job or `FILE:LINE`. */
  readonly about: string;
  readonly text: string;
}

/** What one source said; everything that it did not say is absent. */
export interface Gathered {
  readonly nodes: readonly GatheredNode[];
  /** `null`: the source knows of no jobs at all, which is not the same as no jobs. */
  readonly jobs: readonly DraftJob[] | null;
  readonly jumpHosts: readonly GatheredHost[];
  readonly notes: readonly Note[];
}

export interface GatheredHost {
  readonly name: string;
  readonly ssh: GatheredSsh;
}

export interface GatheredSsh {
  readonly host?: string;
  readonly port?: number;
  readonly user?: string;
  readonly jump?: string;
}

export interface GatheredNode extends GatheredHost {
  readonly address?: string;
  readonly gpus: readonly { readonly index: number; readonly model?: string }[];
  readonly rail?: string;
  readonly leaf?: string;
  readonly rack?: string;
  readonly powerUnit?: string;
  readonly bmc?: string;
}

/** One text to read, and what it is called in messages. */
export interface SourceText {
  readonly name: string;
  readonly text: string;
}

/** The input is not what it should be; the message begins with the place. */
export class SourceError extends Error {
  override readonly name = 'SourceError';
  constructor(place: string, problem: string) {
    super(`${place}: ${problem}`);
  }
}

/** As many as an inventory may have. */
export const nodesMax = 1_000;
/** Slots of the schema's widest node. */
export const gpusPerNodeMax = 16;
