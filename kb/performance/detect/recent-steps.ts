import { median } from 'simple-statistics';
import type { MetricRange } from '../../schemas/metric.ts';
import { pausesOf, periodicPhases } from './pauses.ts';
import { phaseDuring, type Phase } from './phases.ts';
import type { StepSample } from './steps.ts';

/** What steps take now. `excused`: all recent ones lie in a warm-up, a checkpoint or an evaluation. */
export type RecentSteps =
  | { readonly kind: 'none' }
  | { readonly kind: 'excused'; readonly phase: Phase | undefined }
  | { readonly kind: 'measured'; readonly seconds: number; readonly steps: number };

// Alert rules wait for some minutes before they fire, so the last minute before the alert is inside the trouble.
const beforeAlertMs = 60_000;
// The median of three is the least that one slow step does not move.
const stepsMin = 3;

/** The median of the steps since a minute before the alert, or of the last few; pauses left out. */
export function recentSteps(
  samples: readonly StepSample[],
  range: Pick<MetricRange, 'alertAtMs' | 'stepMs'>,
  phases: readonly Phase[],
): RecentSteps {
  if (samples.length === 0) return { kind: 'none' };
  const excuses = [...phases, ...periodicPhases(pausesOf(samples, range))];
  const since = samples.filter(({ atMs }) => atMs >= range.alertAtMs - beforeAlertMs);
  const recent = since.length >= stepsMin ? since : samples.slice(-stepsMin);
  const counted = recent.filter((sample) => excuse(sample, excuses) === undefined);
  const [first] = recent;
  if (counted.length === 0) return { kind: 'excused', phase: first === undefined ? undefined : excuse(first, excuses) };
  return { kind: 'measured', seconds: median(counted.map(({ seconds }) => seconds)), steps: counted.length };
}

function excuse({ atMs, seconds }: StepSample, phases: readonly Phase[]): Phase | undefined {
  return phaseDuring(phases, atMs - 1000 * seconds, atMs);
}
