import { GetObjectCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import type { LogPlace, SeenLog } from '../follow/place.ts';
import { PortError } from '../ports.ts';
import { readBody, requestOptions, s3Call } from './s3-client.ts';

/**
 * The objects under a prefix, as they are now: appearing whole, or written again and longer. Other than an incident's
 * evidence (`s3-logs.ts`), which is what was first written, an alert goes by the newest version.
 */
export function followedObjects(client: S3Client, bucket: string, prefix: string): LogPlace {
  const name = `s3://${bucket}/${prefix}`;
  return {
    name,
    isLocal: false,
    settledAfterMs,

    async look(signal) {
      const logs: SeenLog[] = [];
      let token: string | undefined;
      for (let pages = 0; pages < pagesMax; pages += 1) {
        const page = await s3Call(`listing ${bucket}/${prefix}`, signal, () =>
          client.send(
            new ListObjectsV2Command({
              Bucket: bucket,
              Prefix: prefix,
              ...(token === undefined ? {} : { ContinuationToken: token }),
            }),
            requestOptions(signal),
          ),
        );
        for (const { Key: key, Size: bytes = 0, ETag: etag = '', LastModified: modified } of page.Contents ?? []) {
          if (key === undefined || key.endsWith('/') || bytes === 0) continue;
          const address = `s3://${bucket}/${key}`;
          const modifiedMs = modified?.getTime() ?? 0;
          logs.push({ name: address, identity: address, version: etag || `${modifiedMs}:${bytes}`, bytes, modifiedMs });
        }
        token = page.NextContinuationToken;
        if (token === undefined) break;
      }
      const problems = new Map<string, string>();
      if (token !== undefined) problems.set(name, `more than ${logs.length} objects; those beyond are not followed`);
      return { logs, problems };
    },

    async read(log, from, into, signal) {
      if (from >= log.bytes) return new Uint8Array(0);
      const key = log.name.slice(`s3://${bucket}/`.length);
      const what = `reading log ${bucket}/${key} from byte ${from}`;
      const to = Math.min(log.bytes, from + into.length) - 1;
      try {
        return await s3Call(what, signal, async () => {
          const command = new GetObjectCommand({
            Bucket: bucket,
            Key: key,
            Range: `bytes=${from}-${to}`,
            // Bytes of two writings are never mixed; a store without entity tags is trusted.
            ...(log.version.startsWith('"') ? { IfMatch: log.version } : {}),
          });
          return readBody(what, (await client.send(command, requestOptions(signal))).Body, into.length);
        });
      } catch (error) {
        // Gone (404) or written anew (412): the next look shows what is there now.
        if (error instanceof PortError && (error.kind === 'not-found' || error.message.includes('HTTP 412')))
          return null;
        throw error;
      }
    },

    find: async () => null,
  };
}

/** 100,000 objects of a bucket's 1,000 a page: shippers that write a window a minute for 100 sources fill that in half a day. */
const pagesMax = 100;
/** Shippers write a window anew until it ends; an hour is longer than any that we know of. */
const settledAfterMs = 60 * 60_000;
