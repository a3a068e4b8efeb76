import { z } from 'zod';

/** Shapes of the control API, shared by server and client. */
export const faultSchema = z.strictObject({
  id: z.string(),
  summary: z.string(),
  category: z.string(),
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
    /** Healthy step time over the present one: 1 is full speed. */
    relativeSpeed: z.number().nullable(),
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
  target: z.strictObject({ node: z.string(), gpu: z.int().min(0).optional() }).optional(),
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
    sinceMs: z.number(),
    since: z.string(),
  });
}
