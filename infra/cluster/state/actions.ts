import { z } from 'zod';
import { factEvents } from './facts/events.ts';
import { factNames } from './facts/index.ts';
import { onsetSchema } from './facts/onset.ts';

const factName = z.enum(factNames);
/** The job that is meant; the first one when nothing is said. */
const job = z.string().optional();
/** How fast; logs from before there was a choice do not say it. */
const kibPerSecond = z.number().positive().optional();

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
    job,
  }),
  z.strictObject({ kind: z.literal('job-release'), job }),
  /** `ExcNodeList` of the job's next attempts; an empty list excludes none. */
  z.strictObject({ kind: z.literal('job-exclude'), nodes: z.array(z.string()), job }),
  /** `MinMemoryNode` of the next attempt; 0 is all that a node has. */
  z.strictObject({ kind: z.literal('job-memory'), mib: z.int().min(0), job }),
  z.strictObject({
    kind: z.literal('reserve'),
    name: z.string(),
    nodes: z.array(z.string()).min(1),
    durationMs: z.number().positive(),
  }),
  z.strictObject({ kind: z.literal('reserve-end'), name: z.string() }),
  /** The loader workers of a node's ranks keep every sample that they read. */
  z.strictObject({ kind: z.literal('memory-leak'), node: z.string(), leaks: z.boolean(), kibPerSecond }),
  /** Old checkpoints pile up on the node's own file system, or are deleted by hand. */
  z.strictObject({ kind: z.literal('disk-fill'), node: z.string(), fills: z.boolean(), kibPerSecond }),
  z.strictObject({
    kind: z.literal('space-hold'),
    node: z.string(),
    kib: z.int().min(0),
    files: z.int().min(0),
  }),
  z.strictObject({ kind: z.literal('space-return'), node: z.string() }),
  /** The spare rows of one memory bank are used up, and one more row of it is bad. */
  z.strictObject({
    kind: z.literal('memory-worn'),
    node: z.string(),
    gpu: z.int().min(0),
    /** After what time at the least a later attempt reads it. */
    againMs: z.number().positive().optional(),
  }),
  /** Another board in its place. */
  z.strictObject({ kind: z.literal('gpu-replaced'), node: z.string(), gpu: z.int().min(0) }),
  /** The cable of an HCA sits loosely in its cage, or firmly again. */
  z.strictObject({
    kind: z.literal('cable'),
    node: z.string(),
    hca: z.string(),
    loose: z.boolean(),
    /** How often it loses its contact, and for about how long. */
    everyMs: z.number().positive().optional(),
    downMs: z.number().positive().optional(),
  }),
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
  /** A cause as data (`state/facts/`); its healthy value takes it away. */
  z.strictObject({
    kind: z.literal('fact'),
    fact: factName,
    /** As `state/place.ts` writes it. */
    place: z.string().min(1),
    key: z.string().optional(),
    value: z.union([z.number(), z.string(), z.boolean()]),
    /** Sudden when nothing is said. */
    onset: onsetSchema.optional(),
  }),
  z.strictObject({
    kind: z.literal('fact-clear'),
    fact: factName,
    place: z.string().min(1),
    key: z.string().optional(),
  }),
  /** Something happens to a part of the cluster as a whole: what it clears (`state/facts/events.ts`) is healthy again. */
  z.strictObject({
    kind: z.literal('happen'),
    event: z.enum(factEvents),
    place: z.string().min(1),
    /** The unit of a restarted service. */
    key: z.string().optional(),
  }),
]);
export type Change = z.infer<typeof changeSchema>;

const partShape = {
  gpu: z.int().min(0).optional(),
  hca: z.string().optional(),
  switch: z.string().optional(),
  rack: z.string().optional(),
  powerUnit: z.string().optional(),
  job: z.string().optional(),
  rank: z.int().min(0).optional(),
};

/**
 * Where a fault strikes: a node or one of its GPUs or HCAs, a switch, a rack, a power unit, a job or one of its ranks.
 * `node` is always there: of what is larger than a node it is the first one that is hit. `second` is the other place of
 * a fault that strikes two.
 */
export const targetSchema = z.strictObject({
  node: z.string(),
  ...partShape,
  second: z.strictObject({ node: z.string(), ...partShape }).optional(),
});
export type Target = z.infer<typeof targetSchema>;

/** As a person names it; the node follows where it can. */
export const askedTargetSchema = targetSchema.extend({ node: z.string().optional() });
export type AskedTarget = z.infer<typeof askedTargetSchema>;

/** What was drawn, or asked for, when a fault was injected. */
export const drawnSchema = z.strictObject({
  seed: z.int(),
  onset: onsetSchema,
  values: z.record(z.string(), z.number()),
});
export type Drawn = z.infer<typeof drawnSchema>;

/** One line of the action log. The state is what these, in order, make of a healthy cluster. */
export const actionSchema = z.strictObject({
  seq: z.int().positive(),
  /** Cluster milliseconds, never before the previous action's. */
  atMs: z.number(),
  /** Who: an injected fault, its undoing by a person, or root on a node. */
  by: z.enum(['fault', 'heal', 'root', 'operator']),
  fault: z.string().optional(),
  target: targetSchema.optional(),
  drawn: drawnSchema.optional(),
  changes: z.array(changeSchema).min(1),
});
export type Action = z.infer<typeof actionSchema>;
export type NewAction = Omit<Action, 'seq' | 'atMs'>;
