import { GetObjectCommand, ListObjectsV2Command, ListObjectVersionsCommand, type S3Client } from '@aws-sdk/client-s3';
import { PortError, type LogObject, type LogRanges, type LogStore } from '../ports.ts';
import { readBody, requestOptions, s3Call } from './s3-client.ts';

/**
 * Raw logs in one bucket. Where the bucket keeps versions, an object is listed as it was first written: a log
 * window is written once, and nobody who may ship logs can change later what was said then.
 */
export function createS3Logs(client: S3Client, bucket: string): LogStore & LogRanges {
  return {
    async list(prefix, { objectsMax, signal }) {
      const what = `listing ${bucket}/${prefix}`;
      try {
        return await listFirstVersions(client, bucket, prefix, objectsMax, what, signal);
      } catch (error) {
        // A store without versions, or an account without the right to list them.
        if (!(error instanceof PortError) || (error.kind !== 'refused' && error.kind !== 'denied')) throw error;
        return listPlain(client, bucket, prefix, objectsMax, what, signal);
      }
    },

    async read(object, { bytesMax, signal }) {
      const what = `reading log ${object.bucket}/${object.key}`;
      if (object.bytes > bytesMax)
        throw new PortError('too-large', `${what}: ${object.bytes} bytes, more than ${bytesMax}`);
      return s3Call(what, signal, async () => {
        const answer = await client.send(
          new GetObjectCommand({
            Bucket: object.bucket,
            Key: object.key,
            ...(object.versionId === undefined ? {} : { VersionId: object.versionId }),
          }),
          requestOptions(signal),
        );
        return readBody(what, answer.Body, bytesMax);
      });
    },

    async readRange(object, { from, bytes, signal }) {
      // A range that begins at the end is an error to S3, and no bytes to us.
      if (bytes <= 0 || from >= object.bytes) return new Uint8Array(0);
      const what = `reading log ${object.bucket}/${object.key} from byte ${from}`;
      return s3Call(what, signal, async () => {
        const answer = await client.send(
          new GetObjectCommand({
            Bucket: object.bucket,
            Key: object.key,
            Range: `bytes=${from}-${Math.min(object.bytes, from + bytes) - 1}`,
            // Pieces of two writings are never put together: a version stays as it is, anything else is held to its tag.
            ...(object.versionId !== undefined
              ? { VersionId: object.versionId }
              : object.etag === undefined
                ? {}
                : { IfMatch: object.etag }),
          }),
          requestOptions(signal),
        );
        return readBody(what, answer.Body, bytes);
      });
    },
  };
}

const pageKeysMax = 1000; // the API's own limit

async function listFirstVersions(
  client: S3Client,
  bucket: string,
  prefix: string,
  objectsMax: number,
  what: string,
  signal: AbortSignal | undefined,
): ReturnType<LogStore['list']> {
  const objects = new Map<string, LogObject>();
  let marker: { KeyMarker?: string; VersionIdMarker?: string } = {};
  for (;;) {
    const page = await s3Call(what, signal, () =>
      client.send(
        new ListObjectVersionsCommand({ Bucket: bucket, Prefix: prefix, MaxKeys: pageKeysMax, ...marker }),
        requestOptions(signal),
      ),
    );
    for (const { Key: key, VersionId: id, Size: bytes, LastModified: modified, ETag: etag } of page.Versions ?? []) {
      if (key === undefined || key.endsWith('/')) continue;
      if (!objects.has(key) && objects.size >= objectsMax) return { objects: [...objects.values()], truncated: true };
      // The newest version of a key comes first, so the last one that is seen is the oldest.
      objects.set(key, logObject(bucket, key, { bytes, modified, etag, versionId: id === 'null' ? undefined : id }));
    }
    if (page.IsTruncated !== true || page.NextKeyMarker === undefined) break;
    marker = {
      KeyMarker: page.NextKeyMarker,
      ...(page.NextVersionIdMarker === undefined ? {} : { VersionIdMarker: page.NextVersionIdMarker }),
    };
  }
  return { objects: [...objects.values()], truncated: false };
}

async function listPlain(
  client: S3Client,
  bucket: string,
  prefix: string,
  objectsMax: number,
  what: string,
  signal: AbortSignal | undefined,
): ReturnType<LogStore['list']> {
  const objects: LogObject[] = [];
  let token: string | undefined;
  do {
    const page = await s3Call(what, signal, () =>
      client.send(
        new ListObjectsV2Command({
          Bucket: bucket,
          Prefix: prefix,
          MaxKeys: pageKeysMax,
          ...(token === undefined ? {} : { ContinuationToken: token }),
        }),
        requestOptions(signal),
      ),
    );
    for (const { Key: key, Size: bytes, LastModified: modified, ETag: etag } of page.Contents ?? []) {
      if (key === undefined || key.endsWith('/')) continue;
      if (objects.length >= objectsMax) return { objects, truncated: true };
      objects.push(logObject(bucket, key, { bytes, modified, etag }));
    }
    token = page.NextContinuationToken;
  } while (token !== undefined);
  return { objects, truncated: false };
}

function logObject(
  bucket: string,
  key: string,
  listed: {
    readonly bytes: number | undefined;
    readonly modified: Date | undefined;
    readonly etag: string | undefined;
    readonly versionId?: string | undefined;
  },
): LogObject {
  const { bytes = 0, modified, etag, versionId } = listed;
  return {
    bucket,
    key,
    bytes,
    lastModifiedMs: modified?.getTime() ?? 0,
    ...(versionId === undefined ? {} : { versionId }),
    ...(etag === undefined ? {} : { etag }),
  };
}
