import { probit } from 'simple-statistics';
import { studentExpansion } from '../student-expansion.ts';

/*
 * How often a detector cries without reason, as formulas. All of them count in samples and in standard deviations.
 */

// Siegmund's correction for the jump over the threshold at the moment of crossing: 2 * 0.583.
// D. Siegmund, Sequential Analysis, Springer 1985, formula 2.57.
const overshootSigmas = 1.166;

/** Samples until a one-sided CUSUM with allowance `k` and threshold `h` (sigma) alarms though nothing has changed. */
export function inControlRunLength(k: number, h: number): number {
  const b = 2 * k * (h + overshootSigmas);
  return (Math.exp(b) - b - 1) / (2 * k * k);
}

// The equation below contracts quickly: each turn adds digits.
const turnsMax = 50;

/** The threshold (sigma) that makes the in-control run length `runLength` samples. */
export function cusumThreshold(k: number, runLength: number): number {
  let b = 1;
  for (let turn = 0; turn < turnsMax; turn += 1) b = Math.log(2 * k * k * runLength + b + 1);
  return Math.max(0, b / (2 * k) - overshootSigmas);
}

/** Samples until the same CUSUM alarms once the mean has moved by `shift` sigma (Siegmund, same formula, drift turned). */
export function detectionDelay(k: number, h: number, shift: number): number {
  const drift = k - shift;
  if (drift === 0) return (h + overshootSigmas) ** 2;
  const b = 2 * drift * (h + overshootSigmas);
  return (Math.exp(b) - b - 1) / (2 * drift * drift);
}

// Below this probability the difference from one can no longer be told in a double with the digits that matter.
const probabilityMin = 1e-14;

/** How many standard deviations a normal value passes with this probability, one side. */
export function normalSigmas(probability: number): number {
  const p = Math.min(0.5, Math.max(probabilityMin, probability));
  return tailSigmas(p);
}

/**
 * The same for a standard deviation that was itself estimated from `degreesOfFreedom` + 1 values: first terms of
 * Cornish and Fisher's expansion of Student's t (Abramowitz and Stegun 26.7.5).
 */
export function studentSigmas(probability: number, degreesOfFreedom: number): number {
  return studentExpansion(normalSigmas(probability), Math.max(1, degreesOfFreedom), 3);
}

/**
 * Abramowitz and Stegun 26.2.23 (error below 4.5e-4) for tails that `probit`'s approximation no longer resolves.
 */
function tailSigmas(p: number): number {
  if (p > 1e-3) return probit(1 - p);
  const t = Math.sqrt(-2 * Math.log(p));
  return t - (2.515517 + 0.802853 * t + 0.010328 * t * t) / (1 + 1.432788 * t + 0.189269 * t * t + 0.001308 * t ** 3);
}
