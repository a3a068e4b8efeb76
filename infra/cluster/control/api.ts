import { z } from 'zod';
import { askedTargetSchema } from '../state/actions.ts';
import { onsetSchema } from '../state/facts/onset.ts';

const rangeSchema = z.strictObject({
  min: z.number(),
  max: z.number(),
  unit: z.string(),
  integer: z.boolean().optional(),
  /** What it is drawn among when nobody asks for another. */
  usual: z.array(z.number()).readonly().optional(),
  /** Taken in place of a drawn one where it is to be seen soon. */
  clear: z.number().optional(),
});

/** Shapes of the control API, shared by server and client. */
export const faultSchema = z.strictObject({
  id: z.string(),
  kind: z.enum(['fault', 'dual', 'decoy', 'noisy', 'twin', 'tool']),
  summary: z.string(),
  /** The first of `categories`; null where there is no fault. */
  category: z.string().nullable(),
  categories: z.array(z.string()),
  /** What it strikes: a node, a gpu, a rack … */
  place: z.string(),
  /** How it may come, and within which bounds. */
  onsets: z.array(z.record(z.string(), z.union([z.string(), rangeSchema]))),
  ranges: z.record(z.string(), rangeSchema),
  /** What takes it away, in words. */
  heals: z.string(),
  active: z.array(activeFault()),
});
export type FaultListing = z.infer<typeof faultSchema>;

const jobSchema = z.strictObject({
  name: z.string(),
  iteration: z.int(),
  /** Mean step time at present; null before the job's start. */
  stepSeconds: z.number().nullable(),
  /** The step time that the nodes in service allow over the present one: 1 is full speed, 0 when no step is made. */
  relativeSpeed: z.number().nullable(),
  /** As Slurm calls it: PENDING, RUNNING, FAILED, OUT_OF_MEMORY … */
  state: z.string(),
  /** Counted from 0: how often the job was started again. */
  attempt: z.int().min(0),
  nodes: z.array(z.string()),
});

export const statusSchema = z.strictObject({
  cluster: z.string(),
  nodes: z.int(),
  gpus: z.int(),
  /** Cluster time now, RFC 3339 and milliseconds. */
  clusterTime: z.string(),
  clusterMs: z.number(),
  rate: z.number(),
  /** The first of `jobs`. */
  job: jobSchema,
  jobs: z.array(jobSchema),
  faults: z.array(activeFault()),
  unplugged: z.array(z.string()),
  alerts: z.array(z.strictObject({ alertname: z.string(), state: z.string(), sinceMs: z.number() })),
  /** The latest actions, newest last. */
  actions: z.array(
    z.strictObject({
      seq: z.int(),
      clusterTime: z.string(),
      by: z.string(),
      fault: z.string().nullable(),
      text: z.string(),
    }),
  ),
  logsShippedToMs: z.number(),
});
export type ClusterStatus = z.infer<typeof statusSchema>;

/** Null for a GPU that the node has lost. */
const gpuCellSchema = z
  .strictObject({
    mhz: z.number(),
    watts: z.number(),
    celsius: z.number(),
    /** GPU-Util in percent. */
    busy: z.number(),
  })
  .nullable();
export type GpuCell = z.infer<typeof gpuCellSchema>;

const nodeRowSchema = z.strictObject({
  name: z.string(),
  rack: z.string(),
  leaf: z.string(),
  /** The job that holds it. */
  job: z.string().nullable(),
  state: z.enum(['up', 'down', 'unplugged', 'drained']),
  /** Empty while the node is down. */
  gpus: z.array(gpuCellSchema),
});
export type NodeRow = z.infer<typeof nodeRowSchema>;

export const gpuViewSchema = z.strictObject({
  cluster: z.string(),
  clusterTime: z.string(),
  nodes: z.array(nodeRowSchema),
});
export type GpuView = z.infer<typeof gpuViewSchema>;

export const activeFaultSchema = activeFault();
export type ActiveFaultView = z.infer<typeof activeFaultSchema>;

export const injectSchema = z.strictObject({
  fault: z.string().min(1),
  target: askedTargetSchema.optional(),
  /** Draws what nobody asks for. */
  seed: z.int().min(0).optional(),
  onset: onsetSchema.optional(),
  /** By the names of the fault's ranges. */
  values: z.record(z.string(), z.number()).optional(),
  /** What nobody asks for is such that it is soon seen; without a seed it is anyway. */
  clear: z.boolean().optional(),
});
export const nodeSchema = z.strictObject({ node: z.string().min(1) });
export const nodeCommandSchema = z.strictObject({ node: z.string(), argv: z.array(z.string()).min(1).max(64) });
export const commandResultSchema = z.strictObject({ stdout: z.string(), stderr: z.string(), exitCode: z.int() });
export const problemSchema = z.strictObject({ error: z.string() });

function activeFault() {
  return z.strictObject({
    id: z.string(),
    /** The node, or the first one that is hit. */
    node: z.string(),
    gpu: z.int().nullable(),
    /** Only where the fault strikes an HCA. */
    hca: z.string().optional(),
    /** The place in words: `node-07 GPU 3`, `leaf-01`, `pretrain-13b rank 17`. */
    place: z.string().optional(),
    /** What was drawn. */
    onset: onsetSchema.optional(),
    values: z.record(z.string(), z.number()).optional(),
    sinceMs: z.number(),
    since: z.string(),
  });
}
