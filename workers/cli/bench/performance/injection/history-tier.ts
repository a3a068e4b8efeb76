import { emptyHistory, observeSteps } from '../../../../../kb/performance/detect/history.ts';
import type { HistoryThresholds } from '../../../../../kb/performance/detect/policy.ts';
import { scraped, type JobStory } from './job-story.ts';

export interface TierAnswer {
  /** Alarms that began while the job was healthy. */
  readonly falseAlarms: number;
  /** Seconds from the onset to the first alarm after it; `null`: none. */
  readonly delaySeconds: number | null;
}

/** What a watch of the job's own history says, scrape by scrape. */
export function historyTier(
  { steps, phases }: JobStory,
  options: { readonly thresholds: HistoryThresholds; readonly sampleSeconds: number; readonly onsetSeconds: number },
): TierAnswer {
  let state = emptyHistory;
  let since: number | null = null;
  let falseAlarms = 0;
  for (const sample of scraped(steps, options.sampleSeconds)) {
    const observed = observeSteps(state, [sample], options.thresholds, phases);
    state = observed.state;
    const began = observed.alarm !== null && since === null;
    since = observed.alarm?.detectedMs ?? null;
    if (!began) continue;
    const delaySeconds = sample.atMs / 1_000 - options.onsetSeconds;
    if (delaySeconds >= 0) return { falseAlarms, delaySeconds };
    falseAlarms += 1;
  }
  return { falseAlarms, delaySeconds: null };
}
