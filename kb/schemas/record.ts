import { z } from 'zod';
import { categories } from '../../workflows/domain/categories.ts';
import { isSignature } from './signatures.ts';

/** Version of the form below; a file of another version is refused, not guessed at. */
export const recordSchemaVersion = 1;

// What a person reads of one record stays on one screen.
const textCharsMax = 2_000;
const lineCharsMax = 400;
const listMax = 12;

const kebab = z
  .string()
  .max(100)
  .regex(/^[a-z0-9]+(-[a-z0-9]+)+$/, 'lower case words joined by hyphens');

const generations = ['pascal', 'volta', 'turing', 'ampere', 'ada', 'hopper', 'blackwell'] as const;
export type GpuArchitecture = (typeof generations)[number];
export const gpuGenerations: readonly GpuArchitecture[] = generations;

/** The part of the system that the cause sits in. */
const components = [
  'gpu',
  'gpu-memory',
  'nvlink',
  'nvswitch',
  'pcie',
  'cpu',
  'host-memory',
  'mainboard',
  'power',
  'cooling',
  'hca',
  'switch',
  'network',
  'name-service',
  'disk',
  'shared-file-system',
  'object-store',
  'gpu-driver',
  'fabric-manager',
  'kernel',
  'rdma-stack',
  'container-runtime',
  'kubernetes',
  'scheduler',
  'collective-library',
  'framework',
  'launcher',
  'data-pipeline',
  'application',
] as const;
export type Component = (typeof components)[number];
export const recordComponents: readonly Component[] = components;

const platformSchema = z.strictObject({
  /** GPU generations on which it was seen; empty: it does not depend on it, or is not known. */
  generations: z.array(z.enum(generations)).max(generations.length).default([]),
  components: z.array(z.enum(components)).max(6).default([]),
  /** Versions as stated, such as `nccl: 2.18.3`. */
  software: z.record(z.string().max(40), z.string().max(80)).default({}),
});

/** How much a sight speaks for this cause: strong alone nearly decides, weak is also seen with many others. */
const strengths = ['strong', 'moderate', 'weak'] as const;
export type Strength = (typeof strengths)[number];

const signalSchema = z
  .strictObject({
    /** `people` is what a person notices: slow steps, a hang at a certain moment. */
    seenIn: z.enum(['log', 'metric', 'probe', 'people']),
    /** A line as the tool writes it, with neutral names. Only with `log`. */
    line: z.string().min(4).max(lineCharsMax).optional(),
    /** The finding kind under which detectors, metrics or probes report it, where there is one. */
    kind: z.string().min(3).max(120).optional(),
    /** In words, where there is no line. */
    text: z.string().min(4).max(lineCharsMax).optional(),
    strength: z.enum(strengths),
  })
  .refine(({ line, kind, text }) => line !== undefined || kind !== undefined || text !== undefined, {
    message: 'needs a line, a kind or a text',
  })
  .refine(({ seenIn, line }) => line === undefined || seenIn === 'log', { message: 'only a log has lines' });
export type RecordSignal = z.infer<typeof signalSchema>;

const probeSchema = z.strictObject({
  /** Of `kb/probes`, or reserved. */
  id: z.string().min(3).max(80),
  present: z.string().min(3).max(lineCharsMax),
  absent: z.string().min(3).max(lineCharsMax),
});

const remedySchema = z
  .strictObject({
    /** Of `kb/remediations`, or reserved. */
    remediations: z.array(z.string().min(3).max(80)).max(5).default([]),
    /** What a person does. */
    action: z.string().min(3).max(600).optional(),
  })
  .refine(({ remediations, action }) => remediations.length > 0 || action !== undefined, {
    message: 'needs a remediation or an action',
  });

const confirmationSchema = z.strictObject({
  /** `comparison`: only this was changed, and the trouble went or came back with it. `repair`: verified by Wardround. */
  who: z.enum(['reporter', 'maintainer', 'operator', 'vendor', 'comparison', 'repair']),
  how: z.string().min(10).max(600),
});

const common = {
  schema: z.literal(recordSchemaVersion),
  /** Stable and unique, kebab-case: symptom plus signal. */
  id: kebab,
  /** Counts from 1; every change of meaning raises it. */
  revision: z.int().min(1),
  status: z.enum(['accepted', 'candidate', 'revoked']),
  /** Keywords that an engineer would search for (the paper's `problemkey`, section 4.2.1). */
  problemkey: z.array(z.string().min(2).max(120)).min(2).max(listMax),
  platform: platformSchema,
  /** The address of the thread or document that holds the confirmation. */
  source: z.url().max(500),
};

/** One incident with a confirmed cause: the paper's four fields (section 4.2.1), and what telling causes apart needs. */
const incidentSchema = z.strictObject({
  ...common,
  kind: z.literal('incident'),
  category: z.enum([...categories, 'unlisted']),
  signature: z.string().refine(isSignature, { message: 'is no signature of kb/schemas/signatures.ts' }),
  /** Our own summary, two to five sentences, with exact error strings. */
  rawtext: z.string().min(80).max(textCharsMax),
  /** Which probe or check separates this cause from its neighbours, with the value if present and if absent. */
  function: z.string().min(20).max(1_000),
  /** One cause: the one whose removal fixed it. */
  result: z.string().min(20).max(600),
  signals: z.array(signalSchema).min(1).max(listMax),
  /** What would speak against this cause, negative evidence included. */
  notThisIf: z.array(z.string().min(10).max(lineCharsMax)).min(1).max(6),
  probes: z.array(probeSchema).max(6).default([]),
  remedy: remedySchema,
  confirmedBy: confirmationSchema,
});

/** A figure, limit or formula that a reasoner may cite. */
const factSchema = z.strictObject({
  ...common,
  kind: z.literal('fact'),
  /** Categories in whose diagnosis it helps. */
  bearsOn: z.array(z.enum(categories)).max(listMax).default([]),
  /** The fact in one to four sentences of our own. */
  rawtext: z.string().min(40).max(textCharsMax),
  figures: z
    .array(
      z.strictObject({
        name: z.string().min(2).max(120),
        value: z.union([z.number(), z.string().min(1).max(80)]),
        unit: z.string().max(40),
      }),
    )
    .max(24)
    .default([]),
  /** In plain notation, with every symbol named in `rawtext`. */
  formula: z.string().max(400).optional(),
});

export const recordSchema = z.discriminatedUnion('kind', [incidentSchema, factSchema]);
export type KnowledgeRecord = z.infer<typeof recordSchema>;
export type IncidentRecord = z.infer<typeof incidentSchema>;
