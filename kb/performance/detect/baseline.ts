import { median } from 'simple-statistics';
import { robustSigma } from '../../metrics/robust-sigma.ts';

/** What healthy steps of one job look like, on the natural logarithm of their seconds. */
export interface Baseline {
  readonly centre: number;
  /** Standard deviation of one step. */
  readonly sigma: number;
  /** The same with the steps' dependence on each other in it: what a sum of steps spreads by. Rather too wide. */
  readonly longRunSigma: number;
  readonly steps: number;
}

// Clocks and networks breathe: a spread below half a per cent is the luck of few steps.
const sigmaMin = 0.005;
// Beyond this the correction would say that nothing can be learned at all.
const correlationMax = 0.95;
// Student's t with 4 degrees of freedom keeps 0.98 of its spread inside, a checkpoint every 25 steps adds a quarter.
const winsorSigmas = 4;
// Standard errors that the correlation is taken above its estimate: too low a one is what false alarms come from.
const correlationErrors = 2;

/** Median and spread that single slow steps do not move. Needs at least two values. */
export function baselineOf(logs: readonly number[]): Baseline {
  const values = [...logs];
  const centre = median(values);
  const narrow = Math.max(sigmaMin, robustSigma(values));
  const residuals = values.map((value) => clamp(value - centre, winsorSigmas * narrow));
  // The MAD does not see tails, but sums of steps are as wide as tails make them.
  const sigma = Math.max(narrow, rootMeanSquare(residuals));
  const rho = correlationAtMost(residuals);
  return {
    centre,
    sigma,
    // Sums of a first-order autoregressive series spread by this factor more than independent ones.
    longRunSigma: sigma * Math.sqrt((1 + rho) / (1 - rho)),
    steps: values.length,
  };
}

/** How many independent steps tell as much of the centre. */
export function independentSteps({ steps, sigma, longRunSigma }: Baseline): number {
  return steps * (sigma / longRunSigma) ** 2;
}

/**
 * Correlation of each value with the one before it, at the upper end of its error, between 0 and `correlationMax`. Short
 * series show less correlation than there is: E[r] = rho - (1 + 3 rho) / n (Marriott and Pope 1954).
 */
function correlationAtMost(residuals: readonly number[]): number {
  const n = residuals.length;
  const squares = residuals.reduce((sum, value) => sum + value * value, 0);
  if (squares === 0 || n <= 3) return 0;
  const products = residuals.reduce((sum, value, index) => sum + value * (residuals[index - 1] ?? 0), 0);
  const rho = clamp((products / squares + 1 / n) / (1 - 3 / n), correlationMax);
  return Math.min(correlationMax, Math.max(0, rho + correlationErrors * Math.sqrt((1 - rho * rho) / n)));
}

function rootMeanSquare(values: readonly number[]): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
}

function clamp(value: number, limit: number): number {
  return Math.max(-limit, Math.min(limit, value));
}
