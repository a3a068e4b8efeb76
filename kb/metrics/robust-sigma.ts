import { medianAbsoluteDeviation } from 'simple-statistics';

/** Standard deviation of normal values from their median absolute deviation, which half of them cannot move. */
export function robustSigma(values: readonly number[]): number {
  return madToSigma * medianAbsoluteDeviation([...values]);
}

// MAD of a normal distribution times this is its standard deviation.
const madToSigma = 1.4826;
