import { isGrpcServiceError, ServiceError } from '@temporalio/client';
import { TemporalUnavailable } from './incident-gateway.ts';

/** Trouble on the way to Temporal is told apart from a refusal: only the former passes by itself. */
export async function reachTemporal<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const cause = grpcCause(error);
    if (cause !== null && passingCodes.has(cause.code)) throw new TemporalUnavailable(cause.details, { cause: error });
    throw error;
  }
}

/** The engine's own answer inside an error of the client, if that is what it is. */
export function grpcCause(error: unknown): { readonly code: number; readonly details: string } | null {
  const cause = error instanceof ServiceError ? error.cause : error;
  return isGrpcServiceError(cause) ? { code: cause.code, details: cause.details } : null;
}

// https://grpc.io/docs/guides/status-codes/: cancelled, unknown, deadline exceeded, resource exhausted, aborted, unavailable.
const passingCodes = new Set([1, 2, 4, 8, 10, 14]);
