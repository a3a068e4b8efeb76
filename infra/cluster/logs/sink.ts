import { link, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { ClusterConfig } from '../config.ts';
import type { LogObject } from './windows.ts';

/** Where log objects go. An object that is already there is left as it is. */
export interface LogSink {
  readonly bucket: string;
  put(object: LogObject, signal: AbortSignal): Promise<void>;
  close(): void;
}

export function openSink(config: ClusterConfig): LogSink {
  return config.s3 === undefined ? folderSink(join(config.stateDir, 'logs')) : s3Sink(config.s3);
}

function s3Sink(target: NonNullable<ClusterConfig['s3']>): LogSink {
  const { endpoint, region, accessKeyId, secretAccessKey, bucket } = target;
  const client = new S3Client({
    endpoint,
    region,
    credentials: { accessKeyId, secretAccessKey },
    forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // The shipper itself comes back to a window until it is complete.
    maxAttempts: 1,
  });
  return {
    bucket,
    async put({ key, text }, signal) {
      const put = new PutObjectCommand({
        Bucket: bucket,
        Key: key,
        Body: text,
        ContentType: 'text/plain',
        IfNoneMatch: '*',
      });
      try {
        await client.send(put, { abortSignal: signal });
      } catch (error) {
        if (!hasStatus(error, 412)) throw error;
      }
    },
    close: () => client.destroy(),
  };
}

function folderSink(folder: string): LogSink {
  return {
    bucket: 'local-logs',
    async put({ key, text }) {
      const path = join(folder, key);
      await mkdir(dirname(path), { recursive: true });
      // Whole or not at all: a part that a crash left would count as there for ever.
      const whole = `${path}.${process.pid}.new`;
      try {
        await writeFile(whole, text);
        await link(whole, path);
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      } finally {
        await rm(whole, { force: true });
      }
    },
    close() {},
  };
}

function hasStatus(error: unknown, status: number): boolean {
  if (typeof error !== 'object' || error === null || !('$metadata' in error)) return false;
  const { $metadata: metadata } = error;
  return (
    typeof metadata === 'object' &&
    metadata !== null &&
    'httpStatusCode' in metadata &&
    metadata.httpStatusCode === status
  );
}
