import { median, quantile } from 'simple-statistics';
import { robustSigma } from '../../metrics/robust-sigma.ts';

/** What a job's metric says of its healthy step time. */
export type HealthyStep =
  | { readonly kind: 'healthy'; readonly seconds: number; readonly steps: number }
  | { readonly kind: 'unclear'; readonly why: string };

// A quarter of an hour of one-minute samples.
const stepsMin = 15;
/** Robust spread of a steady job is 1 to 3 %; above this it was something else for much of the time. */
const spreadMax = 0.1;

/**
 * The lower quartile of step times: checkpoints, evaluations and slow spells lie above it, and a step is never faster
 * than the machines. Of a job that was slow all the time it is the slow one: only other runs of the site show that.
 */
export function healthyStep(seconds: readonly number[]): HealthyStep {
  const known = seconds.filter((one) => Number.isFinite(one) && one > 0);
  if (known.length < stepsMin)
    return { kind: 'unclear', why: `${known.length} steps were measured, at least ${stepsMin} are needed` };
  const middle = median(known);
  const spread = robustSigma(known) / middle;
  if (spread > spreadMax)
    return { kind: 'unclear', why: `its step times vary by ${(100 * spread).toFixed(0)} %, which is not steady` };
  return { kind: 'healthy', seconds: quantile(known, 0.25), steps: known.length };
}
