import { a800 } from './a800.ts';

/**
 * One synchronous step: every rank computes, then all exchange gradients; nobody starts the next step before the
 * slowest is done.
 *
 *     step = max over ranks of compute(clock) + transfer
 *     compute(clock) = healthyStepMs * computeShare * 1410 MHz / clock
 *     transfer       = healthyStepMs * (1 - computeShare)
 *
 * With a compute share of 0.35 one GPU at 210 of 1410 MHz makes the whole job three times slower. "Enhancing Cluster
 * Resilience: LLM-agent Based Autonomous Intelligent Cluster Diagnosis System and Evaluation Framework" reports about a
 * third of the speed for one A800 throttled to about 200 MHz.
 */
export const healthyStepMs = 8_000;
export const computeShare = 0.35;
const transferMs = healthyStepMs * (1 - computeShare);

export function computeMs(smMhz: number): number {
  return healthyStepMs * computeShare * (a800.smMhzMax / smMhz);
}

/** Mean step time when the slowest rank runs at this clock. */
export function stepMs(slowestMhz: number): number {
  return computeMs(slowestMhz) + transferMs;
}

/** How a rank spends a step; the three add up to 1. */
export interface PhaseShares {
  readonly compute: number;
  readonly transfer: number;
  readonly wait: number;
}

export function phaseShares(smMhz: number, meanStepMs: number): PhaseShares {
  const compute = computeMs(smMhz) / meanStepMs;
  const transfer = transferMs / meanStepMs;
  return { compute, transfer, wait: Math.max(0, 1 - compute - transfer) };
}
