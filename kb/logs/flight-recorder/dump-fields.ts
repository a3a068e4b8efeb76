import { z } from 'zod';

/** Dictionaries of pickles are maps, those of JSON are objects; both are read as objects with text keys. */
export function recordOf(value: unknown): Readonly<Record<string, unknown>> | null {
  if (value instanceof Map) return recordOfMap(value);
  if (
    typeof value !== 'object' ||
    value === null ||
    Array.isArray(value) ||
    value instanceof Set ||
    value instanceof Uint8Array
  )
    return null;
  return value as Readonly<Record<string, unknown>>; // an object that is none of the above came from JSON
}

function recordOfMap(map: ReadonlyMap<unknown, unknown>): Readonly<Record<string, unknown>> {
  const record: Record<string, unknown> = {};
  for (const [key, item] of map)
    if ((typeof key === 'string' || typeof key === 'number') && key !== '__proto__') record[key] = item;
  return record;
}

/** Whole numbers, also as text (JSON dumps write `pg_status` so) and beyond 2^53 (times in nanoseconds). */
const wholeNumber = z.preprocess(
  (value) =>
    typeof value === 'bigint' || (typeof value === 'string' && /^-?\d{1,18}$/.test(value)) ? Number(value) : value,
  z.number().refine(Number.isInteger, 'a whole number'),
);

/** Milliseconds since 1970 of nanoseconds; nothing is written as `null` in pickles and as 0 in JSON. */
export function millisecondsOf(ns: unknown): number | null {
  const value = typeof ns === 'bigint' ? Number(ns) : ns;
  return typeof value === 'number' && value > 0 && value < nsMax ? value / 1e6 : null;
}

// What a 64-bit clock can say: the year 2262.
const nsMax = 2 ** 63;

/**
 * One entry of the recorder as its versions write it: 1.x has `seq_id` and no group name, 2.0 no data types, 2.1 adds
 * them with `is_p2p` and `timeout_ms`, 2.9 thread names. Unknown fields are left alone.
 * https://github.com/pytorch/pytorch/blob/main/torch/csrc/distributed/c10d/FlightRecorderDetail.hpp
 */
export const entryFields = z.object({
  record_id: wholeNumber.optional(),
  pg_id: wholeNumber.optional(),
  process_group: z.unknown().optional(),
  collective_seq_id: wholeNumber.optional(),
  seq_id: wholeNumber.optional(),
  p2p_seq_id: wholeNumber.optional(),
  op_id: wholeNumber.optional(),
  profiling_name: z.string(),
  time_created_ns: z.unknown().optional(),
  time_discovered_started_ns: z.unknown().optional(),
  time_discovered_completed_ns: z.unknown().optional(),
  input_sizes: z.unknown().optional(),
  input_dtypes: z.unknown().optional(),
  output_sizes: z.unknown().optional(),
  output_dtypes: z.unknown().optional(),
  state: z.string().optional(),
  retired: z.boolean().nullish(),
  timeout_ms: wholeNumber.nullish(),
  is_p2p: z.boolean().nullish(),
  frames: z.unknown().optional(),
});

export const statusFields = z.object({
  last_enqueued_collective: wholeNumber.optional(),
  last_started_collective: wholeNumber.optional(),
  last_completed_collective: wholeNumber.optional(),
});

export const frameFields = z.object({ name: z.string(), filename: z.string(), line: wholeNumber });

export const textOrNumber = z.union([z.string(), z.number()]).transform(String);

export const rankField = wholeNumber.pipe(z.number().min(0).max(1e7));

const sizesField = z.array(z.array(wholeNumber));
const typesField = z.array(z.string());

/** Sizes of each tensor; torch.compile and others may leave them out. */
export function sizesOf(value: unknown): readonly (readonly number[])[] {
  return Array.isArray(value) ? (sizesField.safeParse(value.slice(0, tensorsMax)).data ?? []) : [];
}

export function typesOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? (typesField.safeParse(value.slice(0, tensorsMax)).data ?? []) : [];
}

// An all-to-all has a tensor for each rank of its group.
const tensorsMax = 16_384;

/** `[0, 1, 2]` as text (version 2) or as a list (version 1). */
export function ranksOf(value: unknown): readonly number[] {
  const list =
    typeof value === 'string'
      ? [...value.slice(0, ranksCharsMax).matchAll(/\d{1,7}/g)].map(([digits]) => Number(digits))
      : Array.isArray(value)
        ? value.slice(0, ranksMax).flatMap((one) => rankField.safeParse(one).data ?? [])
        : [];
  return [...new Set(list)].slice(0, ranksMax);
}

/** Ranks of one group; the largest jobs that are known have a few tens of thousands. */
export const ranksMax = 131_072;
const ranksCharsMax = ranksMax * 9;
