import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { trainingRunSchema } from '../../../../kb/schemas/training-run.ts';

const rowSchema = trainingRunSchema.and(z.looseObject({ id: z.string(), set: z.string(), kind: z.string() }));

/** The training runs of the public table. */
export function publishedRuns(): readonly z.infer<typeof rowSchema>[] {
  const file = new URL('../../../../kb/performance/runs/published-runs.jsonl', import.meta.url);
  return readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => rowSchema.parse(JSON.parse(line)))
    .filter(({ kind }) => kind === 'training');
}
