import { median } from 'simple-statistics';
import { changePoint } from '../../metrics/change-point.ts';
import type { MetricRange } from '../../schemas/metric.ts';
import { beginHistory, emptyHistory, healthySeconds, observeSteps, type HistoryState } from './history.ts';
import { pausesOf, periodicPhases } from './pauses.ts';
import { phaseDuring, type Phase } from './phases.ts';
import type { AlarmPolicy } from './policy.ts';
import type { RecentSteps } from './recent-steps.ts';
import type { StepSample } from './steps.ts';

/** The job against its own past. */
export interface OwnHistory {
  readonly isSlow: boolean;
  readonly ratio: number;
  readonly healthySeconds: number;
  readonly measuredSeconds: number;
  readonly sinceMs: number | null;
  /** `stream`: the detector that learns as it goes; `level`: the range split where it changed. */
  readonly by: 'stream' | 'level';
  readonly learnedSteps: number;
}

// A range that is too short to learn from still shows a change of a tenth: SuperBench (ATC 2024) calls 5 % a
// regression, and twice that is more than what few steps leave in doubt.
const levelShare = 0.1;

/** `null` where there is no earlier step to compare with. */
export function judgeHistory(
  {
    range,
    history,
    phases,
    policy,
  }: {
    readonly range: MetricRange;
    readonly history: HistoryState | null;
    readonly phases: readonly Phase[];
    readonly policy: AlarmPolicy;
  },
  samples: readonly StepSample[],
  recent: RecentSteps,
): OwnHistory | null {
  const excused = [...phases, ...periodicPhases(pausesOf(samples, range))];
  const known = beginHistory(history ?? emptyHistory, samples, range);
  const { state, alarm } = observeSteps(known, samples, policy.history, excused);
  if (alarm !== null && recent.kind !== 'excused')
    return {
      isSlow: true,
      ratio: alarm.ratio,
      healthySeconds: alarm.healthySeconds,
      measuredSeconds: alarm.measuredSeconds,
      sinceMs: alarm.sinceMs,
      by: 'stream',
      learnedSteps: alarm.learnedSteps,
    };
  if (recent.kind !== 'measured') return null;
  const counted = samples.filter(
    ({ atMs, seconds }) => phaseDuring(excused, atMs - 1000 * seconds, atMs) === undefined,
  );
  const learned = healthySeconds(state);
  const split = history === null ? levelChange(counted) : null;
  const before = counted.filter(({ atMs }) => atMs < range.alertAtMs).map(({ seconds }) => seconds);
  const healthy = split?.before ?? learned ?? (before.length === 0 ? null : median(before));
  if (healthy === null) return null;
  const ratio = recent.seconds / healthy;
  return {
    isSlow: split !== null && ratio > 1 + levelShare,
    ratio,
    healthySeconds: healthy,
    measuredSeconds: recent.seconds,
    sinceMs: split?.atMs ?? null,
    by: 'level',
    learnedSteps: state.baseline?.steps ?? state.learned.length,
  };
}

/** A rise that lasts; the first slow step began before its sample. */
function levelChange(samples: readonly StepSample[]): { readonly before: number; readonly atMs: number } | null {
  const change = changePoint(
    samples.map(({ atMs, seconds }) => [atMs, seconds] as const),
    levelShare,
  );
  return change === null || change.ratio <= 1
    ? null
    : { before: change.before, atMs: Math.round(change.atMs - 1000 * change.after) };
}
