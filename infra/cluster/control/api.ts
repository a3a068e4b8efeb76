import { z } from 'zod';
import { targetSchema } from '../state/actions.ts';

/** Shapes of the control API, shared by server and client. */
export const faultSchema = z.strictObject({
  id: z.string(),
  summary: z.string(),
  /** `no-fault`: all is as somebody wants it, and `category` is null. */
  expects: z.enum(['cause', 'no-fault']),
  category: z.string().nullable(),
  active: z.array(activeFault()),
});
export type FaultListing = z.infer<typeof faultSchema>;

export const statusSchema = z.strictObject({
  cluster: z.string(),
  nodes: z.int(),
  gpus: z.int(),
  /** Cluster time now, RFC 3339 and milliseconds. */
  clusterTime: z.string(),
  clusterMs: z.number(),
  rate: z.number(),
  job: z.strictObject({
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
  }),
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

export const activeFaultSchema = activeFault();
export type ActiveFaultView = z.infer<typeof activeFaultSchema>;

export const injectSchema = z.strictObject({
  fault: z.string().min(1),
  target: targetSchema.optional(),
  /** Draws the place when no target is given. */
  seed: z.int().min(0).optional(),
});
export const nodeSchema = z.strictObject({ node: z.string().min(1) });
export const nodeCommandSchema = z.strictObject({ node: z.string(), argv: z.array(z.string()).min(1).max(64) });
export const commandResultSchema = z.strictObject({ stdout: z.string(), stderr: z.string(), exitCode: z.int() });
export const problemSchema = z.strictObject({ error: z.string() });

function activeFault() {
  return z.strictObject({
    id: z.string(),
    node: z.string(),
    gpu: z.int().nullable(),
    /** Only where the fault strikes an HCA. */
    hca: z.string().optional(),
    sinceMs: z.number(),
    since: z.string(),
  });
}
