import { seededRandom } from '../../../../workers/cli/bench/random.ts';

export interface Series {
  readonly random: () => number;
  readonly n: number;
  /** Standard deviation around 100. */
  readonly sd: number;
  /** Correlation of neighbours; 0: independent. */
  readonly phi?: number;
  /** Added to the first value; fades with a time constant of two runs. */
  readonly warmUp?: number;
}

/** A stationary autoregression of first order around 100, as runs on a warming device look. */
export function series({ random, n, sd, phi = 0, warmUp = 0 }: Series): readonly number[] {
  const fresh = sd * Math.sqrt(1 - phi * phi);
  let off = sd * gauss(random);
  return Array.from({ length: n }, (_, at) => {
    const value = 100 + off + warmUp * Math.exp(-at / 2);
    off = phi * off + fresh * gauss(random);
    return value;
  });
}

export { seededRandom };

/** Box and Muller. */
function gauss(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
