import type { PortError } from '../../ports.ts';

/** What is known of the last tries to connect to a host. */
export interface Breaker {
  /** In a row. */
  readonly failures: number;
  /** Until then the host is not tried; wall milliseconds. */
  readonly openUntilMs: number;
  readonly lastError: PortError;
}

export interface BreakerLimits {
  /** Failures in a row after which a host is left alone. */
  readonly failuresMax: number;
  /** For how long, milliseconds. */
  readonly openMs: number;
}

/**
 * After a failure. A refused login or a foreign host key opens it at once: the next try would say the same. Once it has
 * been open, one try is let through, and its failure opens it again.
 */
export function afterFailure(
  before: Breaker | undefined,
  error: PortError,
  nowMs: number,
  { failuresMax, openMs }: BreakerLimits,
): Breaker {
  const final = error.kind === 'denied' || error.kind === 'tampered';
  const failures = final ? failuresMax : (before?.failures ?? 0) + 1;
  return { failures, openUntilMs: failures >= failuresMax ? nowMs + openMs : nowMs, lastError: error };
}

export function isOpen(breaker: Breaker | undefined, nowMs: number): breaker is Breaker {
  return breaker !== undefined && nowMs < breaker.openUntilMs;
}
