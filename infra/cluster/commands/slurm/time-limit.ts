import { factAt } from '../../state/facts/fact-at.ts';
import type { Settings } from '../../state/settings.ts';
import { slurmDuration } from './text.ts';

/** 0 is unlimited. */
export function timeLimitMinutes(settings: Settings, job: string, ms: number): number {
  return settings.facts.has('scheduler.time-limit-minutes')
    ? factAt(settings, { fact: 'scheduler.time-limit-minutes', place: job }, ms)
    : 0;
}

/** As `scontrol show job` prints it. */
export function timeLimitText(settings: Settings, job: string, ms: number): string {
  const minutes = timeLimitMinutes(settings, job, ms);
  return minutes === 0 ? 'UNLIMITED' : slurmDuration(minutes * 60_000);
}
