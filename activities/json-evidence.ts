import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { z } from 'zod';
import type { EvidenceKind, EvidenceRef } from '../workflows/domain/evidence.ts';
import { PortError, type EvidenceStore } from './ports.ts';

/** RFC 8785 canonical JSON: the same value is the same bytes on any worker. */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('a value without a JSON form cannot become evidence');
  return text;
}

/** Lower-case hex SHA-256 of a value's canonical JSON. */
export function jsonDigest(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}

export async function putJson(
  store: EvidenceStore,
  kind: EvidenceKind,
  cluster: string,
  value: unknown,
  signal?: AbortSignal,
): Promise<EvidenceRef> {
  return store.put(kind, cluster, new TextEncoder().encode(canonicalJson(value)), {
    mediaType: 'application/json',
    ...(signal === undefined ? {} : { signal }),
  });
}

/** Reads JSON evidence back; a shape that the schema does not know is `malformed`, with the key that held it. */
export async function getJson<T>(
  store: EvidenceStore,
  ref: EvidenceRef,
  schema: z.ZodType<T>,
  signal?: AbortSignal,
): Promise<T> {
  const bytes = await store.get(ref, signal === undefined ? {} : { signal });
  const parsed = schema.safeParse(parse(bytes, ref));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new PortError(
    'malformed',
    `evidence ${ref.bucket}/${ref.key} is not the ${ref.kind} that it should be: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`,
  );
}

function parse(bytes: Uint8Array, ref: EvidenceRef): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new PortError('malformed', `evidence ${ref.bucket}/${ref.key} is not JSON`, { cause });
  }
}
