import { z } from 'zod';

/** Version of the form below. A record of another version is reported, never guessed at. */
export const calibrationSchemaVersion = 1;

/** What is measured on a device or a node; each is one declared probe (kb/performance/calibration/quantities.ts). */
export const quantities = ['gemm', 'hbm', 'pcie', 'nvlink', 'nccl-ring', 'ib-write'] as const;
export type Quantity = (typeof quantities)[number];

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const word = z.string().min(1).max(120);
// The last moment that a date can name.
const wallMs = z.int().min(0).max(8_640_000_000_000_000);

const clusterName = z.string().min(1).max(63);

/** Devices of a node times quantities: 16 GPUs and 32 adapters, each with all that is measured of it. */
const figuresMax = 256;
const runsMax = 10_000;
const versionsMax = 16;

const deviceSchema = z.strictObject({
  kind: z.enum(['gpu', 'hca']),
  /** Of a GPU. */
  index: z.int().min(0).max(15).optional(),
  uuid: z.string().max(60).optional(),
  /** Of an adapter, such as `mlx5_2`. */
  name: z.string().max(60).optional(),
  /** Board, as the inventory has it: only like boards are compared. */
  model: z.string().max(100).optional(),
});

/** What a device was like while it was measured; null where nothing told. */
const conditionsSchema = z.strictObject({
  driver: word.nullable(),
  vbios: word.nullable(),
  ecc: z.enum(['on', 'off']).nullable(),
  /** Medians over the moments at which the device was seen at work. */
  smClockMhz: z.number().min(0).max(10_000).nullable(),
  smClockMaxMhz: z.number().min(0).max(10_000).nullable(),
  temperatureCelsius: z.number().min(-50).max(200).nullable(),
  powerWatts: z.number().min(0).max(10_000).nullable(),
});
export type Conditions = z.infer<typeof conditionsSchema>;

const share = z.number().min(0).max(1_000);

/** One N0: what a device gave, measured again and again after warm-up. */
const figureSchema = z.strictObject({
  quantity: z.enum(quantities),
  /** Null: of the whole node. */
  device: deviceSchema.nullable(),
  unit: z.string().min(1).max(20),
  /** Of the runs after warm-up, in `unit`. */
  mean: z.number().positive(),
  median: z.number().positive(),
  /** Median absolute deviation, not scaled. */
  mad: z.number().min(0),
  p5: z.number().positive(),
  /** Standard deviation over mean. */
  spread: share,
  /** Half of the 95 % interval of the mean over the mean; null where too few runs say it. */
  halfWidth: share.nullable(),
  /** Runs after warm-up; each is one call of the tool, some seconds long. */
  runs: z.int().min(1).max(10_000),
  warmUpRuns: z.int().min(0).max(10_000),
  /** Runs in one batch mean, and lag-1 correlation of the batch means. */
  blockRuns: z.int().min(1).max(10_000),
  lagOne: z.number().min(-1).max(1),
  /** `steady`: the stop rule was met. `capped`: it was not within the bound. `stopped`: somebody or something ended it. */
  ended: z.enum(['steady', 'capped', 'stopped']),
  /** Of all values in their order, warm-up included. */
  samplesDigest: sha256,
  conditions: conditionsSchema,
});
export type DeviceFigure = z.infer<typeof figureSchema>;

const said = {
  schema: z.literal(calibrationSchemaVersion),
  /** Lower-case hex SHA-256 over all other fields; the object's name too. */
  id: sha256,
  cluster: clusterName,
  atMs: wallMs,
  by: word,
};

/** Devices of one node, measured in one go. */
const nodeSchema = z.strictObject({
  ...said,
  kind: z.literal('node'),
  node: clusterName,
  /** Half-width over mean that the stop rule asked for. */
  precision: z.number().positive().max(1),
  validUntilMs: wallMs,
  figures: z.array(figureSchema).min(1).max(figuresMax),
});
export type NodeCalibration = z.infer<typeof nodeSchema>;

/** Measured over predicted step time of a site's own runs. */
const siteSchema = z.strictObject({
  ...said,
  kind: z.literal('site'),
  /** File, or the jobs whose metrics were read. */
  from: z.string().min(1).max(500),
  scale: z.number().positive().max(1_000),
  sigma: z.number().min(0).max(10),
  runs: z.int().min(1).max(runsMax),
  /** Digest of the runs with what was measured. */
  samplesDigest: sha256,
  /** Of the model that predicted them (kb/performance/calibration/model-answers.ts): for another one the scale says nothing. */
  modelDigest: sha256,
  /** Drivers of the site at that time; empty where nobody said. */
  drivers: z.array(word).max(versionsMax),
  validUntilMs: wallMs,
});
export type SiteCalibration = z.infer<typeof siteSchema>;

const revokedSchema = z.strictObject({
  ...said,
  kind: z.literal('revoked'),
  target: sha256,
  reason: z.string().min(1).max(1_000),
});

export const calibrationRecordSchema = z.discriminatedUnion('kind', [nodeSchema, siteSchema, revokedSchema]);
export type CalibrationRecord = z.infer<typeof calibrationRecordSchema>;
export type NewCalibrationRecord = WithoutName<CalibrationRecord>;
type WithoutName<R> = R extends CalibrationRecord ? Omit<R, 'id' | 'schema'> : never;
