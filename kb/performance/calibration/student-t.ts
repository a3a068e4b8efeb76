import { studentExpansion } from '../student-expansion.ts';

// 97.5 % point of the normal distribution.
const z = 1.959963984540054;

/**
 * Student's t: the 97.5 % point, the half-width of a two-sided 95 % interval in standard errors. Exact for one and two
 * degrees of freedom; else the expansion of Abramowitz and Stegun, 26.7.5, within 0.1 % from three on.
 */
export function t975(degrees: number): number {
  if (!(degrees >= 1)) throw new RangeError(`${degrees} degrees of freedom`);
  const p = 0.975;
  if (degrees < 2) return Math.tan(Math.PI * (p - 0.5));
  if (degrees < 3) return (2 * p - 1) * Math.sqrt(2 / (4 * p * (1 - p)));
  return studentExpansion(z, degrees, 4);
}

/**
 * Independent samples until the half-width of the 95 % interval is below `precision` of the mean, where samples vary by
 * `spread` (both shares, 0.01 is 1 %): the smallest n with t(n - 1) * spread / sqrt(n) < precision.
 */
export function samplesNeeded(spread: number, precision: number): number {
  const enough = (n: number) => (t975(n - 1) * spread) / Math.sqrt(n) < precision;
  // The normal distribution asks for fewer, so the search begins below.
  let n = Math.max(2, Math.floor(((z * spread) / precision) ** 2));
  while (!enough(n) && n < samplesMax) n += 1;
  return n;
}

const samplesMax = 1_000_000;
