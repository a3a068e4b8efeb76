import { judge } from '../../../../../kb/performance/detect/judge.ts';
import type { AlarmPolicy } from '../../../../../kb/performance/detect/policy.ts';
import type { Prediction, SiteScale } from '../../../../../kb/performance/prediction.ts';
import type { MetricRange } from '../../../../../kb/schemas/metric.ts';
import type { TierAnswer } from './history-tier.ts';
import { scraped, type JobStory } from './job-story.ts';

/** Between two looks, and how far each looks back. */
const lookSeconds = 60;
const windowSeconds = 900;

/** What the comparison with the prediction says, look by look; no history is carried. */
export function absoluteTier(
  story: JobStory,
  options: {
    readonly prediction: Prediction;
    readonly site: SiteScale | null;
    readonly policy: AlarmPolicy;
    readonly sampleSeconds: number;
    readonly onsetSeconds: number;
    /** Looks begin so long before the onset. */
    readonly healthySeconds: number;
    readonly endSeconds: number;
  },
): TierAnswer {
  const { prediction, site, policy, sampleSeconds, onsetSeconds, endSeconds } = options;
  const samples = scraped(story.steps, sampleSeconds);
  let falseAlarms = 0;
  for (let at = onsetSeconds - options.healthySeconds; at <= endSeconds; at += lookSeconds) {
    const seen = samples.filter(({ atMs }) => atMs > (at - windowSeconds) * 1_000 && atMs <= at * 1_000);
    const { alarms } = judge({
      range: rangeOf(seen, at * 1_000, sampleSeconds * 1_000),
      prediction,
      site,
      layout: null,
      history: null,
      phases: story.phases,
      policy,
      modelOf: () => undefined,
    });
    if (!alarms.some(({ tier }) => tier === 'absolute')) continue;
    if (at >= onsetSeconds) return { falseAlarms, delaySeconds: at - onsetSeconds };
    falseAlarms = 1; // a prediction that is too fast stays so: one alarm that lasts
  }
  return { falseAlarms, delaySeconds: null };
}

function rangeOf(seen: ReturnType<typeof scraped>, toMs: number, stepMs: number): MetricRange {
  const labels = { job: 'injected' };
  return {
    fromMs: toMs - windowSeconds * 1_000,
    toMs,
    alertAtMs: toMs,
    stepMs,
    missing: [],
    series: [
      { name: 'training_step_seconds', labels, points: seen.map(({ atMs, seconds }) => [atMs, seconds] as const) },
      {
        name: 'training_iteration',
        labels,
        points: seen.map(({ atMs, iteration }) => [atMs, iteration ?? 0] as const),
      },
    ],
  };
}
