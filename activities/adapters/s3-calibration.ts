import type { S3Client } from '@aws-sdk/client-s3';
import pLimit from 'p-limit';
import {
  calibrationRecordSchema,
  calibrationSchemaVersion,
  type CalibrationRecord,
} from '../../kb/schemas/calibration.ts';
import { canonicalJson, jsonDigest } from '../json-evidence.ts';
import { PortError, type CalibrationStore, type LogObject } from '../ports.ts';
import { putOnce } from './s3-client.ts';
import { createS3Logs } from './s3-logs.ts';

// 1,000 nodes, measured each quarter for five years.
const recordsMax = 20_000;
// About 700 bytes a figure, 256 figures.
const recordBytesMax = 512 * 1024;
// A local gateway answers about 2,000 gets a second with any number from 16 on.
const requestsAtOnceMax = 32;

/**
 * A cluster's calibration records in one bucket, below `calibration/<cluster>/`: each an object under a name that
 * follows from what it says, written once and read as it was first written. What is withdrawn is withdrawn by another.
 */
export function createS3Calibration(client: S3Client, bucket: string): CalibrationStore {
  const objects = createS3Logs(client, bucket);
  // Objects are never changed, so that one process reads each of them once.
  const known = new Map<string, Read>();

  return {
    async add(record, signal) {
      const id = jsonDigest(record);
      const parsed = calibrationRecordSchema.safeParse({ ...record, schema: calibrationSchemaVersion, id });
      if (!parsed.success)
        throw new PortError('malformed', `a calibration that would not be read again: ${firstIssue(parsed.error)}`);
      const Body = new TextEncoder().encode(canonicalJson(parsed.data));
      if (Body.length > recordBytesMax)
        throw new PortError('too-large', `a calibration of ${Body.length} bytes, more than ${recordBytesMax}`);
      const Key = recordKey(record.cluster, id);
      await putOnce(client, { Bucket: bucket, Key, Body, ContentType: 'application/json' }, signal);
      return parsed.data;
    },

    async records(cluster, signal) {
      const folder = folderOf(cluster);
      const options = signal === undefined ? {} : { signal };
      const listed = await objects.list(folder, { objectsMax: recordsMax, ...options });
      if (listed.truncated)
        throw new PortError('too-large', `${bucket}/${folder} holds more than ${recordsMax} calibration records`);
      const limit = pLimit(requestsAtOnceMax);
      try {
        await Promise.all(
          listed.objects
            .filter(({ key }) => !known.has(key))
            .map((object) => limit(async () => known.set(object.key, await readRecord(cluster, object, signal)))),
        );
      } finally {
        limit.clearQueue();
      }
      const read = listed.objects.flatMap(({ key }) => known.get(key) ?? []);
      return {
        records: read.flatMap((one) => (one.kind === 'record' ? [one.record] : [])),
        problems: read.flatMap((one) => (one.kind === 'problem' ? [one.problem] : [])),
      };
    },
  };

  async function readRecord(cluster: string, object: LogObject, signal: AbortSignal | undefined): Promise<Read> {
    try {
      const options = { bytesMax: recordBytesMax, ...(signal === undefined ? {} : { signal }) };
      return checked(cluster, object.key, await objects.read(object, options));
    } catch (error) {
      // An object that is too large stays so; a store that is away is no reason to go on without calibration.
      if (error instanceof PortError && error.kind === 'too-large') return problem(object.key, error.message);
      throw error;
    }
  }
}

type Read =
  | { readonly kind: 'record'; readonly record: CalibrationRecord }
  | { readonly kind: 'problem'; readonly problem: { readonly place: string; readonly message: string } };

/** A record counts under the name that follows from it, and under no other. */
function checked(cluster: string, key: string, bytes: Uint8Array): Read {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return problem(key, 'not JSON: damaged, or not ours');
  }
  const parsed = calibrationRecordSchema.safeParse(value);
  if (!parsed.success) return problem(key, `not a calibration record of this build: ${firstIssue(parsed.error)}`);
  const { id, schema: _schema, ...said } = parsed.data;
  return id === jsonDigest(said) && key === recordKey(cluster, id) && said.cluster === cluster
    ? { kind: 'record', record: parsed.data }
    : problem(key, 'its name does not follow from what it says: changed, or put there by somebody else');
}

function folderOf(cluster: string): string {
  return `calibration/${cluster}/`;
}

function recordKey(cluster: string, id: string): string {
  return `${folderOf(cluster)}${id}.json`;
}

function problem(place: string, message: string): Read {
  return { kind: 'problem', problem: { place, message } };
}

function firstIssue(error: { readonly issues: readonly { path: PropertyKey[]; message: string }[] }): string {
  const issue = error.issues[0];
  return `${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`.trim();
}
