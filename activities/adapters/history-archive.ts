import { GetObjectCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import type { ArchiveStore } from '../audit/archive-store.ts';
import { PortError } from '../ports.ts';
import { putOnce, readBody, requestOptions, s3Call } from './s3-client.ts';

/** Archives in the evidence bucket, under `archive/`. A lock is asked for and done without where the store has none. */
export function createHistoryArchive(client: S3Client, bucket: string): ArchiveStore {
  return {
    async put(key, bytes, options = {}) {
      const { lockUntilMs, signal } = options;
      if (lockUntilMs === undefined || !Number.isFinite(lockUntilMs)) {
        await write(key, bytes, options, null);
        return { locked: false };
      }
      try {
        await write(key, bytes, options, new Date(lockUntilMs));
        return { locked: true };
      } catch (error) {
        // A bucket without object lock refuses the request, an account without the right to lock is denied.
        if (signal?.aborted === true || !(error instanceof PortError) || !lockless.includes(error.kind)) throw error;
        await write(key, bytes, options, null);
        return { locked: false };
      }
    },

    async get(key, { bytesMax, signal }) {
      const what = `reading ${bucket}/${key}`;
      return s3Call(what, signal, async () => {
        const answer = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }), requestOptions(signal));
        return readBody(what, answer.Body, bytesMax);
      });
    },

    async list(prefix, { keysMax, signal }) {
      const keys: string[] = [];
      let token: string | undefined;
      do {
        const page = await s3Call(`listing ${bucket}/${prefix}`, signal, () =>
          client.send(
            new ListObjectsV2Command({
              Bucket: bucket,
              Prefix: prefix,
              MaxKeys: Math.min(keysMax, pageKeysMax),
              ...(token === undefined ? {} : { ContinuationToken: token }),
            }),
            requestOptions(signal),
          ),
        );
        for (const { Key: key } of page.Contents ?? []) if (key !== undefined && keys.length < keysMax) keys.push(key);
        token = page.NextContinuationToken;
      } while (token !== undefined && keys.length < keysMax);
      return keys;
    },
  };

  function write(
    key: string,
    bytes: Uint8Array,
    options: { readonly mediaType?: string; readonly signal?: AbortSignal },
    lockUntil: Date | null,
  ): Promise<void> {
    const ContentType = options.mediaType ?? 'application/octet-stream';
    // GOVERNANCE: those who own the bucket can still lift it, with a right of its own and a trace.
    const lock =
      lockUntil === null ? {} : ({ ObjectLockMode: 'GOVERNANCE', ObjectLockRetainUntilDate: lockUntil } as const);
    return putOnce(client, { Bucket: bucket, Key: key, Body: bytes, ContentType, ...lock }, options.signal);
  }
}

const lockless: readonly string[] = ['refused', 'denied'];
const pageKeysMax = 1000; // the API's own limit
