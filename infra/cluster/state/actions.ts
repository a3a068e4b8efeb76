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
]);
export type Change = z.infer<typeof changeSchema>;

export const targetSchema = z.strictObject({ node: z.string(), gpu: z.int().min(0).optional() });
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
