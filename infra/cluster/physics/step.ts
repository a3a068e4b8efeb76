import { a800 } from './a800.ts';

/**
 * One synchronous step: every rank computes, then all exchange gradients; nobody starts the next step before the
 * slowest is done.
 *
 *     step = max over ranks of compute(clock) + transfer + idle
 *     compute(clock) = healthy step * computeShare * 1410 MHz / clock
 *     transfer       = healthy step * (1 - computeShare)
 *
 * With a compute share of 0.35 one GPU at 210 of 1410 MHz makes the whole job three times slower. "Enhancing Cluster
 * Resilience: LLM-agent Based Autonomous Intelligent Cluster Diagnosis System and Evaluation Framework" reports about a
 * third of the speed for one A800 throttled to about 200 MHz. It is less than the share of matrix multiplications in
 * `training-time.ts`: what was measured counts. The healthy step of a job is its `healthyStepMs`.
 */
export const computeShare = 0.35;

/** What one rank does in a step before it waits for the others, in ms. */
export interface RankTimes {
  readonly computeMs: number;
  readonly transferMs: number;
  /** Without a kernel: no data, or work on the host. */
  readonly idleMs: number;
  /** Of it, what is waited for a batch. */
  readonly inputMs: number;
}

/** What makes a rank slower than its clock explains; 1, 1, 0 and 0 change nothing. */
export interface Slowness {
  readonly computeFactor: number;
  readonly transferFactor: number;
  readonly idleMs: number;
  /** Of it, what is waited for a batch. */
  readonly inputMs: number;
}

export const noSlowness: Slowness = { computeFactor: 1, transferFactor: 1, idleMs: 0, inputMs: 0 };

export function rankTimes(
  healthyStepMs: number,
  smMhz: number,
  { computeFactor, transferFactor, idleMs, inputMs }: Slowness = noSlowness,
): RankTimes {
  return {
    computeMs: healthyStepMs * computeShare * (a800.smMhzMax / smMhz) * computeFactor,
    transferMs: healthyStepMs * (1 - computeShare) * transferFactor,
    idleMs,
    inputMs,
  };
}

/** How long a rank is busy in a step before it waits. */
export function ownMs({ computeMs: compute, transferMs: transfer, idleMs }: RankTimes): number {
  return compute + transfer + idleMs;
}

/** How a rank spends a step; the first four add up to 1. */
export interface PhaseShares {
  readonly compute: number;
  readonly transfer: number;
  /** In a collective: NCCL kernels spin. */
  readonly wait: number;
  /** Without any kernel. */
  readonly idle: number;
  /** Of it, what is waited for a batch. */
  readonly input: number;
}

export function phaseShares(times: RankTimes, meanStepMs: number): PhaseShares {
  const compute = times.computeMs / meanStepMs;
  const transfer = times.transferMs / meanStepMs;
  const idle = times.idleMs / meanStepMs;
  const input = times.inputMs / meanStepMs;
  return { compute, transfer, idle, input, wait: Math.max(0, 1 - compute - transfer - idle) };
}
