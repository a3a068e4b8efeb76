import { z } from 'zod';

/** A model's programs that are right have a few dozen lines; longer ones are padding or data. */
export const programCharsMax = 8_000;

/**
 * A program that a model wishes to run over probe results: JavaScript that defines `analyse(input)`, see
 * `analysisContract`. The names are data; which results there are decides the activity.
 */
export const analysisWishSchema = z.strictObject({
  program: z.string().min(1).max(programCharsMax),
  /** Of the probes whose results it reads. */
  probeIds: z.array(z.string().min(1).max(80)).min(1).max(8),
  why: z.string().min(1).max(300),
});
export type AnalysisWish = z.infer<typeof analysisWishSchema>;
