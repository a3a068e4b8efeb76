import { median } from 'simple-statistics';
import { changePoint } from '../../../metrics/change-point.ts';
import { combined, recentValues, seriesOf } from '../../../metrics/series.ts';
import type { Scene, Weighed } from '../scene.ts';
import { explainedShare } from '../slowdown.ts';

const metric = 'training_data_loading_seconds';
// A loader that keeps up costs a step next to nothing; MLPerf Storage wants accelerators to be busy for 90 % of the time
// (https://github.com/mlcommons/storage, accelerator utilisation).
const stepShareMin = 0.1;
const changeMin = 0.5;

/** Seconds that the slowest rank waits for its batch, against the step they are part of. */
export function input({ range, samples, slowdown, sinceMs }: Scene): readonly Weighed[] {
  const series = seriesOf(range, metric);
  const waits = series.flatMap((one) => recentValues(one, range));
  const steps = samples.slice(-recentSteps).map(({ seconds }) => seconds);
  if (waits.length === 0 || steps.length === 0) return [];
  const now = median(waits);
  const step = median(steps);
  if (!(now > stepShareMin * step)) return [];
  const all = combined(series, (values) => Math.max(...values));
  const change = changePoint(all, changeMin);
  const before = all.filter(([atMs]) => sinceMs !== null && atMs < sinceMs).map(([, value]) => value);
  // Before the slowdown, or before the wait itself jumped; a job that always waited for input has no better time.
  const earlier = before.length > 0 ? median(before) : change !== null && change.ratio > 1 ? change.before : 0;
  const added = Math.max(0, now - earlier);
  if (added <= stepShareMin * step) return [];
  return [
    {
      component: 'input',
      explains: explainedShare(step / Math.max(step - added, Number.EPSILON), slowdown),
      strength: 2,
      text: `the slowest rank waits ${now.toFixed(2)} s of a ${step.toFixed(2)} s step for its batch, ${earlier.toFixed(2)} s before`,
      values: { waitSeconds: now, waitBeforeSeconds: earlier, stepSeconds: step },
    },
  ];
}

const recentSteps = 8;
