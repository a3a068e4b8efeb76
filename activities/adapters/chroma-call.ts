import {
  ChromaClient,
  ChromaConnectionError,
  ChromaForbiddenError,
  ChromaNotFoundError,
  ChromaRateLimitError,
  ChromaServerError,
  ChromaUnauthorizedError,
} from 'chromadb';
import { PortError } from '../ports.ts';

const reasonShownMax = 300;

/** A client whose requests end with the signal. */
export function connectChroma(url: string, signal: AbortSignal): ChromaClient {
  const { hostname, port, protocol } = new URL(url);
  const ssl = protocol === 'https:';
  return new ChromaClient({ host: hostname, port: Number(port || (ssl ? 443 : 80)), ssl, fetchOptions: { signal } });
}

/** One bounded conversation with the server; trouble becomes a `PortError` that says what was being done. */
export async function chromaCall<T>(
  what: string,
  { signal, msMax }: { readonly signal?: AbortSignal | undefined; readonly msMax: number },
  call: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const timeout = AbortSignal.timeout(msMax);
  try {
    return await call(signal === undefined ? timeout : AbortSignal.any([signal, timeout]));
  } catch (error) {
    if (signal?.aborted === true) throw signal.reason;
    if (error instanceof PortError) throw error;
    if (timeout.aborted)
      throw new PortError('unreachable', `${what}: no answer within ${msMax / 1_000} s`, { cause: error });
    throw new PortError(kindOf(error), `${what}: ${reasonOf(error)}`, { cause: error });
  }
}

function reasonOf(error: unknown): string {
  // The client's own words speak of browsers and of what the caller had to do.
  if (error instanceof ChromaConnectionError) return 'the Chroma server cannot be reached';
  return (error instanceof Error ? error.message : String(error)).slice(0, reasonShownMax);
}

function kindOf(error: unknown): PortError['kind'] {
  if (error instanceof ChromaConnectionError) return 'unreachable';
  if (error instanceof ChromaServerError || error instanceof ChromaRateLimitError) return 'unreachable';
  if (error instanceof ChromaUnauthorizedError || error instanceof ChromaForbiddenError) return 'denied';
  if (error instanceof ChromaNotFoundError) return 'not-found';
  return 'refused';
}
