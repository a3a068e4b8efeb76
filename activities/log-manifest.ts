import { z } from 'zod';
import type { EvidenceRef } from '../workflows/domain/evidence.ts';
import type { LogManifest } from '../workflows/domain/phase-data.ts';

const refSchema: z.ZodType<EvidenceRef> = z
  .strictObject({
    id: z.string(),
    kind: z.literal('log-window'),
    bucket: z.string(),
    key: z.string(),
    versionId: z.string().exactOptional(),
    sha256: z.string(),
    bytes: z.int().min(0),
  })
  .readonly();

/** Shape of stored `log-manifest` evidence. */
export const logManifestSchema: z.ZodType<LogManifest> = z
  .strictObject({
    windows: z
      .array(
        z
          .strictObject({
            ref: refSchema,
            source: z.string(),
            kind: z.enum(['rank', 'kernel']),
            node: z.string().exactOptional(),
            rank: z.int().exactOptional(),
            fromMs: z.number(),
            toMs: z.number(),
          })
          .readonly(),
      )
      .readonly(),
  })
  .readonly();
