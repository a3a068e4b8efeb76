import { PutObjectCommand, S3Client, S3ServiceException, type PutObjectCommandInput } from '@aws-sdk/client-s3';
import { PortError } from '../ports.ts';

export interface S3Settings {
  /** `null`: the provider's own endpoint of the region. */
  readonly endpoint: string | null;
  readonly region: string;
  readonly accessKey: string;
  readonly secretKey: string;
}

/** A client that works with any S3: path-style addresses, checksums only where the API demands them. */
export function createS3Client(settings: S3Settings): S3Client {
  return new S3Client({
    ...(settings.endpoint === null ? {} : { endpoint: settings.endpoint }),
    region: settings.region,
    forcePathStyle: settings.endpoint !== null,
    credentials: { accessKeyId: settings.accessKey, secretAccessKey: settings.secretKey },
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // The activity's own retry policy does the waiting; one more attempt covers a connection closed while idle.
    maxAttempts: 2,
    requestHandler: { connectionTimeout: connectMsMax, requestTimeout: requestMsMax, throwOnRequestTimeout: true },
  });
}

/** Runs one request; trouble becomes a `PortError` that names what was asked of which bucket and key. */
export async function s3Call<T>(what: string, signal: AbortSignal | undefined, request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
    if (signal?.aborted === true) throw error;
    throw toPortError(what, error);
  }
}

/** Writes an object whose key holds the hash of its bytes: one that is there already is the same, and that is success. */
export async function putOnce(
  client: S3Client,
  object: Pick<PutObjectCommandInput, 'ObjectLockMode' | 'ObjectLockRetainUntilDate'> & {
    readonly Bucket: string;
    readonly Key: string;
    readonly Body: Uint8Array;
    readonly ContentType: string;
  },
  signal: AbortSignal | undefined,
): Promise<void> {
  await s3Call(`writing ${object.Bucket}/${object.Key}`, signal, async () => {
    try {
      const command = new PutObjectCommand({ ...object, ContentLength: object.Body.length, IfNoneMatch: '*' });
      await client.send(command, requestOptions(signal));
    } catch (error) {
      if (!isPreconditionFailed(error)) throw error;
    }
  });
}

/** The bytes of a response, never more than the bound. */
export async function readBody(
  what: string,
  body: { transformToWebStream(): ReadableStream<Uint8Array> } | undefined,
  bytesMax: number,
): Promise<Uint8Array> {
  if (body === undefined) throw new PortError('malformed', `${what}: the answer has no body`);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body.transformToWebStream()) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw new PortError('too-large', `${what}: more than ${bytesMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

export function requestOptions(signal: AbortSignal | undefined): { abortSignal?: AbortSignal } {
  return signal === undefined ? {} : { abortSignal: signal };
}

const connectMsMax = 3_000;
// The largest object that is read (16 MiB) takes 13 s at 10 Mbit/s.
const requestMsMax = 20_000;

/** True for a failed `If-None-Match: *`: the object is there already. */
function isPreconditionFailed(error: unknown): boolean {
  return error instanceof S3ServiceException && error.$metadata.httpStatusCode === 412;
}

function toPortError(what: string, error: unknown): PortError {
  if (error instanceof PortError) return error;
  if (!(error instanceof S3ServiceException)) {
    const why = error instanceof Error ? networkReason(error) : String(error);
    return new PortError('unreachable', `${what}: the S3 server cannot be reached (${why})`, { cause: error });
  }
  const status = error.$metadata.httpStatusCode ?? 0;
  const said = `${what}: ${error.name} (HTTP ${status})`;
  if (status === 401 || status === 403)
    return new PortError('denied', `${said}; check the account's keys and rights`, { cause: error });
  if (status === 404) return new PortError('not-found', said, { cause: error });
  if (status === 507)
    return new PortError('unreachable', `${said}: the store is full; free space on it, and this goes on`, {
      cause: error,
    });
  // 409 ConditionalRequestConflict and 429 SlowDown ask for another try, as all 5xx but 501 do.
  if (status === 0 || status === 409 || status === 429 || (status >= 500 && status !== 501))
    return new PortError('unreachable', said, { cause: error });
  return new PortError('refused', said, { cause: error });
}

function networkReason(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
