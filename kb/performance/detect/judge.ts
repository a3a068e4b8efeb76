import { jobProgress } from '../../metrics/job-progress.ts';
import type { MetricRange } from '../../schemas/metric.ts';
import type { Prediction, SiteScale } from '../prediction.ts';
import { judgeAbsolute, judgePower, type AbsoluteJudgement } from './absolute.ts';
import { absoluteAlarm, historyAlarm, pausesAlarm, peerAlarms } from './alarms.ts';
import { belowNominal } from './components/compute-clock.ts';
import { checkpoint } from './components/checkpoint.ts';
import { gpuGroups, type ModelOf } from './gpu-group.ts';
import type { HistoryState } from './history.ts';
import { judgeHistory } from './own-history.ts';
import type { JobLayout } from './layout.ts';
import { interruptedMatch, matchesOf, normalMatches, stoppedVerdict } from './matches.ts';
import { gpuUtilisation, peerReadings } from './peer-readings.ts';
import { begunPauses, pausesOf, type BegunPauses } from './pauses.ts';
import { phaseDuring, type Phase } from './phases.ts';
import type { AlarmPolicy } from './policy.ts';
import { recentSteps } from './recent-steps.ts';
import type { Scene } from './scene.ts';
import { stepShares } from './slowdown.ts';
import { stepsOf, type StepSample } from './steps.ts';
import { summaryOf } from './summary.ts';
import type { ComponentEvidence, PerformanceVerdict, TierAlarm } from './verdict.ts';
import { weighComponents } from './weigh-components.ts';

export interface JudgeInput {
  readonly range: MetricRange;
  /** With the site's scale already in it. */
  readonly prediction: Prediction | null;
  readonly site: SiteScale | null;
  /** `null`: all busy GPUs of a model count as alike. */
  readonly layout: JobLayout | null;
  /** Carried from earlier looks; `null` learns from the range alone. */
  readonly history: HistoryState | null;
  /** Known warm-up, checkpoint and evaluation spans. */
  readonly phases: readonly Phase[];
  readonly policy: AlarmPolicy;
  readonly modelOf: ModelOf;
  /** Steps from elsewhere, such as a log, where no metric tells them. */
  readonly steps?: readonly StepSample[];
}

/** Is the job slower than it should be, since when, and what is that consistent with? Pure. */
export function judge(input: JudgeInput): PerformanceVerdict {
  const { range, prediction, phases } = input;
  const series = stepSeries(input);
  const progress = jobProgress(range);
  const slowCheckpoint = checkpoint({ range, phases, samples: series.samples });
  const paused = phaseDuring(phases, range.toMs, range.toMs);
  if (progress?.kind === 'stopped' && paused === undefined)
    return stoppedVerdict(range, progress.lastStepMs, series.samples);

  const recent = recentSteps(series.samples, range, phases);
  const own = judgeHistory(input, series.samples, recent);
  const absolute =
    recent.kind === 'measured' && prediction !== null && series.unit === 'seconds'
      ? judgeAbsolute(recent.seconds, prediction, input.site, input.policy)
      : null;
  const groups = gpuGroups(range, input.layout, input.modelOf);
  const peers = peerReadings(range, groups, input.modelOf, input.policy);
  const begun = unknownPauses(series.samples, input);
  const slowdown = slowdownOf(own, absolute, begun);
  const sinceMs = own?.isSlow === true ? own.sinceMs : (begun?.sinceMs ?? null);
  const scene: Scene = {
    range,
    groups,
    peers,
    prediction,
    phases,
    slowdown,
    sinceMs,
    modelOf: input.modelOf,
    policy: input.policy,
    shares: stepShares(prediction),
    samples: series.samples,
  };
  const alarms: readonly TierAlarm[] = [
    ...(absolute?.isSlow === true && recent.kind === 'measured' && prediction !== null
      ? [absoluteAlarm(absolute, recent, prediction)]
      : []),
    ...(own?.isSlow === true ? [historyAlarm(own)] : []),
    ...(begun === null ? [] : [pausesAlarm(begun)]),
    ...peerAlarms(scene),
  ];
  const low = belowNominal(peers.clocks, scene);
  const isSlow =
    alarms.some(({ tier }) => tier !== 'peers') ||
    slowCheckpoint.length > 0 ||
    (!isAsPredicted(absolute) && (low.length > 0 || holdBack(alarms, own)));
  const evidence = isSlow ? withUnknown(weighComponents(scene)) : [];
  const power = judgePower(range, prediction, groups, gpuUtilisation(range, groups, input.modelOf), input.modelOf);
  const kind = kindOf({
    isSlow,
    isInterrupted: progress?.kind === 'interrupted',
    recent,
    paused,
    alarms,
  });
  const measuredSeconds = recent.kind === 'measured' && series.unit === 'seconds' ? recent.seconds : null;
  const expected = expectedSeconds(own, absolute, prediction, series.unit);
  const verdict = {
    kind,
    slowdownRatio: slowdown,
    measuredStepMs: milliseconds(measuredSeconds),
    expectedStepMs: milliseconds(measuredSeconds === null ? null : expected),
    sinceMs: kind === 'slow' ? (sinceMs ?? earliest(alarms)) : null,
    alarms: kind === 'slow' ? alarms : alarms.filter(({ tier }) => tier === 'peers'),
    components: kind === 'slow' ? evidence : [],
  } as const;
  const told = { verdict, absolute, own, power, low, peers, prediction };
  return {
    ...verdict,
    summary: summaryOf({ ...told, paused: paused ?? pausedBy(recent) }),
    matches: [
      ...(progress?.kind === 'interrupted' ? [interruptedMatch(progress.lastStepMs)] : []),
      ...(kind === 'normal' ? normalMatches(told) : []),
      ...matchesOf(told),
    ],
  };
}

function stepSeries({ range, prediction, steps }: JudgeInput): ReturnType<typeof stepsOf> {
  const tokens = prediction === null ? null : prediction.tokensPerSecond * prediction.iterationSeconds;
  const measured = stepsOf(range, tokens);
  return measured.samples.length === 0 && steps !== undefined ? { samples: steps, unit: 'seconds' } : measured;
}

/** Pauses that came up and that the job's log does not account for. */
function unknownPauses(samples: readonly StepSample[], { range, phases }: JudgeInput): BegunPauses | null {
  const { pauses, period } = pausesOf(samples, range);
  return begunPauses(samples, {
    pauses: pauses.filter(({ fromMs, toMs }) => phaseDuring(phases, fromMs, toMs) === undefined),
    period,
  });
}

type Own = ReturnType<typeof judgeHistory>;

/** Of the tier that speaks: the job's own history is the sharper measure where it has one and finds a change. */
function slowdownOf(own: Own, absolute: AbsoluteJudgement | null, begun: BegunPauses | null): number | null {
  if (own?.isSlow === true) return own.ratio;
  if (absolute?.isSlow === true) return absolute.ratio;
  if (begun !== null) return 1 / (1 - begun.share);
  return own?.ratio ?? absolute?.ratio ?? null;
}

function expectedSeconds(
  own: Own,
  absolute: AbsoluteJudgement | null,
  prediction: Prediction | null,
  unit: 'seconds' | 'relative',
): number | null {
  if (unit === 'relative') return null;
  if (own?.isSlow !== true && absolute?.isSlow === true) return prediction?.iterationSeconds ?? null;
  return own?.healthySeconds ?? prediction?.iterationSeconds ?? null;
}

// A GPU apart whose job steps as before it was apart costs nothing.
const freeRatioMax = 1.03;

/** Whatever else is seen, a job that reaches its predicted speed is not slow. */
function isAsPredicted(absolute: AbsoluteJudgement | null): boolean {
  return absolute !== null && absolute.ratio < freeRatioMax;
}

/**
 * Does what the peers show hold the job back? A low clock of a busy GPU does, unless it came while the steps were watched
 * and did not change them. Differences in power or activity alone have many harmless reasons.
 */
function holdBack(alarms: readonly TierAlarm[], own: Own): boolean {
  return alarms.some(({ tier, sinceMs, values }) => {
    if (tier !== 'peers' || values['holdsBack'] !== 'yes') return false;
    return !(own !== null && sinceMs !== null && own.ratio < freeRatioMax);
  });
}

const unknown: ComponentEvidence = {
  component: 'unknown',
  text: 'slow, cause unknown: nothing that is measured explains it',
  values: {},
};

function withUnknown(evidence: readonly ComponentEvidence[]): readonly ComponentEvidence[] {
  return evidence.length === 0 ? [unknown] : evidence;
}

interface Seen {
  readonly isSlow: boolean;
  readonly isInterrupted: boolean;
  readonly recent: ReturnType<typeof recentSteps>;
  readonly paused: Phase | undefined;
  readonly alarms: readonly TierAlarm[];
}

function kindOf({ isSlow, isInterrupted, recent, paused, alarms }: Seen): PerformanceVerdict['kind'] {
  if (isSlow) return 'slow';
  if (isInterrupted) return 'interrupted';
  if (paused !== undefined || recent.kind === 'excused') return 'suppressed';
  // Two groups of clocks are no fault by themselves, and without a step time nothing says what they cost.
  if (recent.kind === 'none') return alarms.some(({ values }) => values['holdsBack'] === 'yes') ? 'slow' : 'unmeasured';
  return 'normal';
}

function pausedBy(recent: ReturnType<typeof recentSteps>): Phase | undefined {
  return recent.kind === 'excused' ? recent.phase : undefined;
}

function earliest(alarms: readonly TierAlarm[]): number | null {
  const times = alarms.flatMap(({ sinceMs }) => (sinceMs === null ? [] : [sinceMs]));
  return times.length === 0 ? null : Math.min(...times);
}

function milliseconds(seconds: number | null): number | null {
  return seconds === null ? null : Math.round(1000 * seconds);
}
