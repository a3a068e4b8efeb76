import { mean, median, quantile } from 'simple-statistics';

/** How far predictions are off once the scale comes from so many runs. Shares of the measured time, 0.05 is 5 %. */
export interface ErrorAtK {
  readonly k: number;
  readonly medianError: number;
  readonly meanError: number;
  readonly p90Error: number;
}

const drawsMax = 200;

/**
 * What more runs buy: for each k the scale is fitted to k of the runs, drawn at random, and the error is that of the
 * others with it. k = 0 is the model as it ships. Needs at least one run that the scale has not seen.
 */
export function errorAgainstK<Run extends { readonly ratio: number }>(
  /** `ratio` is measured over predicted step time. */
  runs: readonly Run[],
  options: {
    readonly fit: (runs: readonly Run[]) => number;
    readonly random: () => number;
    readonly ks?: readonly number[];
  },
): readonly ErrorAtK[] {
  const { fit, random, ks = [0, 1, 2, 3, 5, 10] } = options;
  return ks
    .filter((k) => k < runs.length)
    .map((k) => {
      const errors = Array.from({ length: k === 0 ? 1 : drawsMax }, () => {
        const drawn = shuffled(runs, random);
        const scale = k === 0 ? 1 : fit(drawn.slice(0, k));
        // |predicted * scale - measured| / measured
        return drawn.slice(k).map(({ ratio }) => Math.abs(scale / ratio - 1));
      }).flat();
      return { k, medianError: median(errors), meanError: mean(errors), p90Error: quantile(errors, 0.9) };
    });
}

/** Fisher-Yates. */
function shuffled<T>(values: readonly T[], random: () => number): readonly T[] {
  const left = [...values];
  return values.flatMap(() => left.splice(Math.floor(random() * left.length), 1));
}
