import { mean, sampleStandardDeviation } from 'simple-statistics';

/**
 * How many values at the beginning are warm-up: the cut after which the standard error of the rest is smallest
 * (marginal standard error rule: White, "An effective truncation heuristic for bias reduction in simulation output",
 * Simulation 69(6), 1997; MSER-5 of White, Cobb and Spratt 2000 takes means of five first. A value here is one run of a
 * tool that already averages over its own seconds, so the runs are taken as they are). Null: the best cut lies in the
 * second half, so that no steady state was reached.
 */
export function warmUpLength(values: readonly number[], shiftMin = 0): number | null {
  let best = { cut: 0, error: Number.POSITIVE_INFINITY };
  // The last values alone have a small error by chance: as many stay out as MSER-5 puts into a batch.
  for (let cut = 0; cut <= values.length - restMin; cut += 1) {
    const rest = values.slice(cut);
    const middle = mean([...rest]);
    const error = rest.reduce((sum, value) => sum + (value - middle) ** 2, 0) / rest.length ** 2;
    // Of equal values nothing is cut: rounding alone makes no warm-up.
    if (error < best.error * (1 - 1e-9)) best = { cut, error };
  }
  if (best.cut === 0 || !standsOut(values, best.cut, shiftMin)) return 0;
  return best.cut > values.length / 2 ? null : best.cut;
}

const restMin = 5;

/** The rule also cuts what is low or high by chance, and a rest chosen for its small error looks surer than it is. */
function standsOut(values: readonly number[], cut: number, shiftMin: number): boolean {
  const [before, rest] = [values.slice(0, cut), values.slice(cut)];
  const error = sampleStandardDeviation(rest) * Math.sqrt(1 / before.length + 1 / rest.length);
  const shift = Math.abs(mean([...values]) / mean(rest) - 1);
  return shift > shiftMin && Math.abs(mean(before) - mean(rest)) > errorsMin * error;
}

const errorsMin = 3;
