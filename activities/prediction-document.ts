import { z } from 'zod';
import {
  stepTerms,
  type Assumption,
  type Prediction,
  type RunProblem,
  type SiteScale,
} from '../kb/performance/prediction.ts';
import { trainingRunSchema } from '../kb/schemas/training-run.ts';

/** Shape of stored `prediction` evidence: what was predicted, from what, and with which calibration. */

const assumption: z.ZodType<Assumption> = z
  .strictObject({ field: z.string(), value: z.union([z.number(), z.string(), z.boolean()]), rule: z.string() })
  .readonly();

const problem: z.ZodType<RunProblem> = z.strictObject({ field: z.string(), reason: z.string() }).readonly();

const siteScale: z.ZodType<SiteScale> = z
  .strictObject({ scale: z.number(), sigma: z.number(), runs: z.number() })
  .readonly();

const prediction: z.ZodType<Prediction> = z
  .strictObject({
    iterationSeconds: z.number(),
    tokensPerSecond: z.number(),
    modelTflopsPerGpu: z.number(),
    hardwareTflopsPerGpu: z.number(),
    low: z.number(),
    high: z.number(),
    sigma: z.number(),
    breakdown: z.record(z.enum(stepTerms), z.number()).readonly(),
    powerWattsPerGpu: z.number(),
    memoryGibPerGpu: z.number(),
    assumed: z.array(assumption).readonly(),
  })
  .readonly();

const origin = z
  .strictObject({
    /** Fields of the run. */
    fields: z.array(z.string()).readonly(),
    from: z.enum(['given', 'inventory', 'placement', 'log']),
    /** Of a log: its key, and the lower-case hex SHA-256 of the window. */
    source: z.string().exactOptional(),
    sha256: z.string().exactOptional(),
  })
  .readonly();
export type RunOrigin = z.infer<typeof origin>;

const calibration = z
  .strictObject({
    site: siteScale.nullable(),
    /** Of the slowest GPU over the site's typical one; null where none was measured. */
    slowestShare: z.number().nullable(),
    used: z.array(z.string()).readonly(),
    /** Records that were left out, and why. */
    stale: z.array(z.string()).readonly(),
  })
  .readonly();
export type UsedCalibration = z.infer<typeof calibration>;

export const predictionDocumentSchema = z
  .strictObject({
    cluster: z.string(),
    job: z.string(),
    /** Null: nothing says what the job trains. */
    run: trainingRunSchema.nullable(),
    origins: z.array(origin).readonly(),
    calibration,
    prediction: prediction.nullable(),
    problems: z.array(problem).readonly(),
  })
  .readonly();
export type PredictionDocument = z.infer<typeof predictionDocumentSchema>;
