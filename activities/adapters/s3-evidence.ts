import { createHash } from 'node:crypto';
import { GetObjectCommand, ListObjectVersionsCommand, type S3Client } from '@aws-sdk/client-s3';
import { evidenceKey, type EvidenceWriter } from '../../kb/schemas/evidence-keys.ts';
import type { EvidenceRef } from '../../workflows/domain/evidence.ts';
import { PortError, type EvidenceStore } from '../ports.ts';
import { putOnce, readBody, requestOptions, s3Call } from './s3-client.ts';

/**
 * Evidence in one bucket, under the prefix of one writer. Putting reads nothing, so an account that may only put
 * there is enough for it.
 */
export function createS3Evidence(client: S3Client, bucket: string, writer: EvidenceWriter): EvidenceStore {
  return {
    async put(kind, cluster, bytes, options = {}) {
      const sha256 = sha256Hex(bytes);
      const key = evidenceKey(writer, cluster, kind, sha256);
      const ContentType = options.mediaType ?? 'application/octet-stream';
      await putOnce(client, { Bucket: bucket, Key: key, Body: bytes, ContentType }, options.signal);
      return { id: `ev_${sha256.slice(0, 24)}`, kind, bucket, key, sha256, bytes: bytes.length };
    },

    async get(ref, options = {}) {
      if (ref.bytes > evidenceBytesMax)
        throw new PortError('too-large', `evidence ${ref.id}: ${ref.bytes} bytes, more than ${evidenceBytesMax}`);
      const bytes = await readVersion(client, ref, ref.versionId, options.signal);
      if (matches(ref, bytes)) return bytes;
      return firstMatchingVersion(client, ref, options.signal);
    },
  };
}

export function sha256Hex(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

// Larger than anything that is written as evidence; the largest are findings of a 1,000-node scan.
const evidenceBytesMax = 64 * 1024 * 1024;
const versionsMax = 20;

async function readVersion(
  client: S3Client,
  ref: EvidenceRef,
  versionId: string | undefined,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const what = `reading evidence ${ref.id} (${ref.bucket}/${ref.key})`;
  return s3Call(what, signal, async () => {
    const answer = await client.send(
      new GetObjectCommand({
        Bucket: ref.bucket,
        Key: ref.key,
        ...(versionId === undefined ? {} : { VersionId: versionId }),
      }),
      requestOptions(signal),
    );
    return readBody(what, answer.Body, evidenceBytesMax);
  });
}

/**
 * An account that may put can also overwrite: a bucket policy cannot demand `If-None-Match` everywhere. Where the
 * bucket keeps versions, the bytes that belong to the hash are still there.
 */
async function firstMatchingVersion(
  client: S3Client,
  ref: EvidenceRef,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const tampered = new PortError(
    'tampered',
    `evidence ${ref.id} (${ref.bucket}/${ref.key}): the bytes do not have the recorded hash; somebody changed them after they were written`,
  );
  const versions = await s3Call(`listing versions of ${ref.bucket}/${ref.key}`, signal, async () => {
    const answer = await client.send(
      new ListObjectVersionsCommand({ Bucket: ref.bucket, Prefix: ref.key, MaxKeys: versionsMax }),
      requestOptions(signal),
    );
    return answer.Versions ?? [];
  }).catch((error: unknown) => {
    // No versions kept, or no right to list them: what was read stands as tampered.
    if (error instanceof PortError && error.kind !== 'unreachable') throw tampered;
    throw error;
  });
  for (const version of versions) {
    if (version.Key !== ref.key || version.VersionId === undefined || version.Size !== ref.bytes) continue;
    const bytes = await readVersion(client, ref, version.VersionId, signal);
    if (matches(ref, bytes)) return bytes;
  }
  throw tampered;
}

function matches(ref: EvidenceRef, bytes: Uint8Array): boolean {
  return bytes.length === ref.bytes && sha256Hex(bytes) === ref.sha256;
}
