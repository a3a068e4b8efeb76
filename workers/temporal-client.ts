import path from 'node:path';
import {
  Client,
  Connection,
  defaultGrpcRetryOptions,
  makeGrpcRetryInterceptor,
  type GrpcRetryOptions,
} from '@temporalio/client';

export interface TemporalTarget {
  readonly address: string;
  readonly namespace: string;
}

/**
 * A client that connects with its first call, and again whenever the server comes back: a process may start
 * while Temporal is down. Every client and worker uses the same payload converter.
 */
export function connectTemporal(target: TemporalTarget): Client {
  const connection = Connection.lazy({
    address: target.address,
    // gRPC doubles its pause up to two minutes; a server that is back should be found within seconds.
    channelArgs: { 'grpc.initial_reconnect_backoff_ms': 250, 'grpc.max_reconnect_backoff_ms': 2_000 },
    interceptors: [makeGrpcRetryInterceptor(retries)],
  });
  return new Client({ connection, namespace: target.namespace, dataConverter: { payloadConverterPath } });
}

// A deadline is only looked at between pauses, and the SDK lets them grow to 5 s (its option `maxIntervalMs` is not heeded).
const retryPauseMsMax = 300;
const usual = defaultGrpcRetryOptions();
const retries: GrpcRetryOptions = {
  retryableDecider: usual.retryableDecider,
  delayFunction: (attempt, status) => Math.min(usual.delayFunction(attempt, status), retryPauseMsMax),
};

export const payloadConverterPath = path.resolve(import.meta.dirname, '..', 'workflows', 'payload-converter.ts');
