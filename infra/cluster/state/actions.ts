import { z } from 'zod';

/** One change of a cause. Effects (clocks, power, step time, logs) follow from the physics, never from here. */
export const changeSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('lock-clocks'),
    node: z.string(),
    gpu: z.int().min(0),
    minMhz: z.number().positive(),
    maxMhz: z.number().positive(),
  }),
  z.strictObject({ kind: z.literal('reset-clocks'), node: z.string(), gpu: z.int().min(0) }),
  z.strictObject({
    kind: z.literal('power-limit'),
    node: z.string(),
    gpu: z.int().min(0),
    watts: z.number().positive(),
  }),
  z.strictObject({ kind: z.literal('management-network'), node: z.string(), up: z.boolean() }),
  z.strictObject({ kind: z.literal('node-drain'), node: z.string(), reason: z.string() }),
  z.strictObject({ kind: z.literal('node-resume'), node: z.string() }),
  z.strictObject({
    kind: z.literal('job-requeue'),
    hold: z.boolean(),
    /** A person who mends a cause starts the job again if it stopped, and leaves it alone if it runs. */
    onlyWhenEnded: z.boolean().optional(),
  }),
  z.strictObject({ kind: z.literal('job-release') }),
  /** `MinMemoryNode` of the next attempt; 0 is all that a node has. */
  z.strictObject({ kind: z.literal('job-memory'), mib: z.int().min(0) }),
  z.strictObject({
    kind: z.literal('reserve'),
    name: z.string(),
    nodes: z.array(z.string()).min(1),
    durationMs: z.number().positive(),
  }),
  z.strictObject({ kind: z.literal('reserve-end'), name: z.string() }),
  /** The loader workers of a node's ranks keep every sample that they read. */
  z.strictObject({ kind: z.literal('memory-leak'), node: z.string(), leaks: z.boolean() }),
  /** Old checkpoints pile up on the node's own file system, or are deleted by hand. */
  z.strictObject({ kind: z.literal('disk-fill'), node: z.string(), fills: z.boolean() }),
  z.strictObject({
    kind: z.literal('space-hold'),
    node: z.string(),
    kib: z.int().min(0),
    files: z.int().min(0),
  }),
  z.strictObject({ kind: z.literal('space-return'), node: z.string() }),
  /** The spare rows of one memory bank are used up, and one more row of it is bad. */
  z.strictObject({ kind: z.literal('memory-worn'), node: z.string(), gpu: z.int().min(0) }),
  /** Another board in its place. */
  z.strictObject({ kind: z.literal('gpu-replaced'), node: z.string(), gpu: z.int().min(0) }),
  /** The cable of an HCA sits loosely in its cage, or firmly again. */
  z.strictObject({ kind: z.literal('cable'), node: z.string(), hca: z.string(), loose: z.boolean() }),
  /** What the administrator wants of a port. */
  z.strictObject({ kind: z.literal('port-state'), node: z.string(), hca: z.string(), up: z.boolean() }),
  /** A program of a user made the driver report an Xid at an earlier time. */
  z.strictObject({
    kind: z.literal('past-xid'),
    node: z.string(),
    gpu: z.int().min(0),
    xid: z.union([z.literal(13), z.literal(31)]),
    agoMs: z.number().positive(),
  }),
  /** The DCGM exporter starts anew and reads what the driver remembers. */
  z.strictObject({ kind: z.literal('exporter-restart'), node: z.string() }),
  /** The driver is loaded anew: it forgets what it reported. */
  z.strictObject({ kind: z.literal('driver-reload'), node: z.string() }),
]);
export type Change = z.infer<typeof changeSchema>;

/** A node, or one of its GPUs or HCAs. */
export const targetSchema = z.strictObject({
  node: z.string(),
  gpu: z.int().min(0).optional(),
  hca: z.string().optional(),
});
export type Target = z.infer<typeof targetSchema>;

/** One line of the action log. The state is what these, in order, make of a healthy cluster. */
export const actionSchema = z.strictObject({
  seq: z.int().positive(),
  /** Cluster milliseconds, never before the previous action's. */
  atMs: z.number(),
  /** Who: an injected fault, its undoing by a person, or root on a node. */
  by: z.enum(['fault', 'heal', 'root', 'operator']),
  fault: z.string().optional(),
  target: targetSchema.optional(),
  changes: z.array(changeSchema).min(1),
});
export type Action = z.infer<typeof actionSchema>;
export type NewAction = Omit<Action, 'seq' | 'atMs'>;
