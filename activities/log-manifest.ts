import { z } from 'zod';
import type { LogManifest } from '../workflows/domain/phase-data.ts';
import { evidenceRefSchema } from './evidence-shapes.ts';

const logWindowsSchema = z
  .array(
    z
      .strictObject({
        ref: evidenceRefSchema('log-window'),
        source: z.string(),
        kind: z.enum(['rank', 'kernel']),
        node: z.string().exactOptional(),
        rank: z.int().exactOptional(),
        fromMs: z.number(),
        toMs: z.number(),
      })
      .readonly(),
  )
  .readonly();

/** Shape of stored `log-manifest` evidence. */
export const logManifestSchema: z.ZodType<LogManifest> = z
  .strictObject({
    windows: logWindowsSchema,
    // Manifests of before these fields were there have none.
    earlierStart: logWindowsSchema.exactOptional(),
    shippedUntilMs: z.number().exactOptional(),
  })
  .readonly();
