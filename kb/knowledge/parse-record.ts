import { z } from 'zod';
import { recordSchema, type KnowledgeRecord } from '../schemas/record.ts';

/** Something wrong with a record, and where. */
export interface RecordProblem {
  /** A path of the repository, an object of the store, or what the caller calls its input. */
  readonly place: string;
  /** Null where the record could not be read. */
  readonly id: string | null;
  readonly rule: string;
  readonly message: string;
}

export type ParsedRecord =
  | { readonly record: KnowledgeRecord; readonly problems?: undefined }
  | { readonly record?: undefined; readonly problems: readonly RecordProblem[] };

// A record that fails in more places than this is not a record.
const problemsMax = 10;

/** A record from a parsed file; each problem names the field. */
export function parseRecord(place: string, value: unknown): ParsedRecord {
  const parsed = recordSchema.safeParse(value);
  if (parsed.success) return { record: parsed.data };
  const id = z.looseObject({ id: z.string() }).safeParse(value).data?.id ?? null;
  return {
    problems: parsed.error.issues.slice(0, problemsMax).map(({ path, message }) => ({
      place,
      id,
      rule: 'schema',
      message: `${path.length === 0 ? 'the record' : path.join('.')}: ${message}`,
    })),
  };
}
