import { z } from 'zod';
import type { SourceReport } from '../kb/logs/source-scan.ts';
import { components, tiers } from '../kb/performance/detect/verdict.ts';
import type { EvidenceKind, EvidenceRef } from '../workflows/domain/evidence.ts';
import type { Finding } from '../workflows/domain/finding.ts';
import type { MetricRange } from '../kb/schemas/metric.ts';

/** Shapes of stored JSON evidence, checked when it is read back. */

const device = z
  .strictObject({
    kind: z.enum(['gpu', 'hca', 'disk', 'host']),
    index: z.int().exactOptional(),
    name: z.string().exactOptional(),
  })
  .readonly();

const range = z
  .strictObject({
    evidenceId: z.string(),
    source: z.string(),
    line: z.int().exactOptional(),
    byteStart: z.int().exactOptional(),
    byteEnd: z.int().exactOptional(),
  })
  .readonly();

export const findingSchema: z.ZodType<Finding> = z
  .strictObject({
    id: z.string(),
    kind: z.string(),
    role: z.enum(['cause', 'symptom', 'context', 'clean']),
    node: z.string().exactOptional(),
    device: device.exactOptional(),
    rank: z.int().exactOptional(),
    atMs: z.number().exactOptional(),
    lastMs: z.number().exactOptional(),
    count: z.int().min(1),
    range,
    text: z.string(),
    values: z
      .record(z.string(), z.union([z.number(), z.string()]))
      .readonly()
      .exactOptional(),
  })
  .readonly();

export function evidenceRefSchema(kind: EvidenceKind): z.ZodType<EvidenceRef> {
  return z
    .strictObject({
      id: z.string(),
      kind: z.literal(kind),
      bucket: z.string(),
      key: z.string(),
      versionId: z.string().exactOptional(),
      sha256: z.string(),
      bytes: z.int().min(0),
    })
    .readonly();
}

// Far above what the scanner keeps of one incident; a larger array is not ours.
const findingsMax = 100_000;

export const findingsSchema = z.array(findingSchema).max(findingsMax);

/** A part of a scan, see `scan-logs.ts`. What sequence detectors keep is theirs, and was written by the same code. */
export const sourceReportsSchema: z.ZodType<readonly SourceReport[]> = z
  .array(
    z
      .strictObject({
        facts: z
          .strictObject({
            source: z.string(),
            evidenceId: z.string(),
            node: z.string().exactOptional(),
            rank: z.int().exactOptional(),
            lines: z.int(),
            bytes: z.int(),
            firstMs: z.number().exactOptional(),
            lastMs: z.number().exactOptional(),
            last: z
              .strictObject({ line: z.int(), byteStart: z.int(), byteEnd: z.int(), text: z.string() })
              .readonly()
              .exactOptional(),
          })
          .readonly(),
        findings: findingsSchema,
        followed: z.record(z.string(), z.unknown()).readonly(),
        // Logs in S3 are just logs.
        notes: z.array(z.never()).readonly(),
      })
      .readonly(),
  )
  .readonly();

const metricSeriesSchema = z
  .strictObject({
    name: z.string(),
    labels: z.record(z.string(), z.string()).readonly(),
    points: z.array(z.tuple([z.number(), z.number()]).readonly()).readonly(),
  })
  .readonly();

export const metricRangeSchema: z.ZodType<MetricRange> = z
  .strictObject({
    fromMs: z.number(),
    toMs: z.number(),
    alertAtMs: z.number(),
    stepMs: z.number(),
    series: z.array(metricSeriesSchema).readonly(),
    missing: z.array(z.string()).readonly(),
  })
  .readonly();

const numbersAndWords = z.record(z.string(), z.union([z.number(), z.string()])).readonly();

/** How a comparison came to its verdict: for people and for other tools; reasoning reads the findings. */
const comparedSchema = z.strictObject({
  verdict: z.enum(['normal', 'slow', 'stopped', 'interrupted', 'suppressed', 'unmeasured']),
  tiers: z.array(z.enum(tiers)),
  component: z.enum(components).nullable(),
  node: z.string().exactOptional(),
  device: device.exactOptional(),
  sinceMs: z.number().nullable(),
  predicted: z
    .strictObject({
      stepMs: z.number(),
      lowMs: z.number(),
      highMs: z.number(),
      tokensPerSecond: z.number(),
      powerWattsPerGpu: z.number(),
    })
    .nullable(),
  tokensPerSecond: z.number().nullable(),
  powerWattsPerGpu: z.number().nullable(),
  // What else the judge notes for itself is left out.
  alarms: z.array(
    z.object({
      tier: z.enum(tiers),
      ratio: z.number(),
      sinceMs: z.number().nullable(),
      node: z.string().exactOptional(),
      device: device.exactOptional(),
      text: z.string(),
      values: numbersAndWords,
    }),
  ),
  components: z.array(
    z.object({
      component: z.enum(components),
      node: z.string().exactOptional(),
      device: device.exactOptional(),
      text: z.string(),
      values: numbersAndWords,
    }),
  ),
  phases: z.array(
    z.strictObject({
      kind: z.enum(['warm-up', 'checkpoint', 'evaluation']),
      fromMs: z.number(),
      toMs: z.number().nullable(),
    }),
  ),
  /** How the thresholds follow from the false alarms that are allowed, in words. */
  thresholds: z.array(z.string()),
});

export const performanceSchema = z.strictObject({
  slowdownRatio: z.number().nullable(),
  measuredStepMs: z.number().nullable(),
  healthyStepMs: z.number().nullable(),
  tier: z.enum(['history', 'siblings', 'nominal', 'absolute', 'peers']).nullable(),
  summary: z.string(),
  findings: findingsSchema,
  // Evidence of before a speed was predicted has none.
  compared: comparedSchema.exactOptional(),
});
