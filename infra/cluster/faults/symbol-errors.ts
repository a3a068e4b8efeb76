import type { Range } from './fault.ts';

/**
 * Symbols a minute that one end of a link cannot read. Some thousands make a job slower; so many that a step sends for more
 * than ten minutes end it by the time-out of its process groups. A link of 2e11 bit/s with 1.2 million has a rate of 1e-7, at
 * which HDR ports still stay up. The shares are assumed.
 */
export const symbolErrors: Range = {
  min: 900,
  max: 2_000_000,
  unit: 'errors/min',
  usual: [900, 1_700, 2_500, 3_400, 4_300, 5_200, 6_200, 7_300, 9_000, 30_000, 1_200_000],
};
