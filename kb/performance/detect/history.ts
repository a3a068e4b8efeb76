import { median } from 'simple-statistics';
import { changePoint } from '../../metrics/change-point.ts';
import type { MetricRange } from '../../schemas/metric.ts';
import { baselineOf, independentSteps, type Baseline } from './baseline.ts';
import { phaseDuring, type Phase } from './phases.ts';
import type { HistoryThresholds } from './policy.ts';
import { cusumThreshold } from './run-length.ts';
import { isNewStep, type StepSample } from './steps.ts';
import { warmUpFrom, warmUpWith, type WarmUp } from './warm-up.ts';

/** What a watch carries from look to look: plain JSON of less than 4 KB. Logarithms are of seconds. */
export interface HistoryState {
  readonly version: 2;
  readonly last: StepSample | null;
  /** The one after the latest start that was seen. */
  readonly warmUp: WarmUp | null;
  /** Logarithms of healthy steps in units of `learnedUnit`; let go once the baseline stands for good. */
  readonly learned: readonly number[];
  /** Steps that are learned once it is clear that they were no change. */
  readonly waiting: number;
  readonly baseline: Baseline | null;
  readonly slower: Excess;
  readonly faster: Excess;
  readonly recent: readonly (readonly [atMs: number, log: number])[];
  readonly alarm: { readonly sinceMs: number; readonly detectedMs: number } | null;
  readonly restarts: number;
}

/** A running CUSUM: what has gathered above the allowance, since when, in how many steps. */
export interface Excess {
  readonly sum: number;
  readonly sinceMs: number | null;
  readonly steps: number;
}

/** The job is slower than it was. */
export interface HistoryAlarm {
  /** Start of the first slow step. */
  readonly sinceMs: number;
  readonly detectedMs: number;
  readonly ratio: number;
  readonly healthySeconds: number;
  readonly measuredSeconds: number;
  /** Standard deviation of the logarithm of a healthy step. */
  readonly sigma: number;
  readonly learnedSteps: number;
}

const nothing: Excess = { sum: 0, sinceMs: null, steps: 0 };

export const emptyHistory: HistoryState = {
  version: 2,
  last: null,
  warmUp: null,
  learned: [],
  waiting: 0,
  baseline: null,
  slower: nothing,
  faster: nothing,
  recent: [],
  alarm: null,
  restarts: 0,
};

// What the level now is told from: 24 bytes each.
const recentMax = 32;
// A hundredth of a per cent: what is learned is kept in whole numbers of this, at most 7 bytes each.
const learnedUnit = 1e-4;
const levelSteps = 8;
// So many steps at the old level end an alarm.
const recoveredSteps = 5;
// A series that was there before the range has a value at its first moments; one missed scrape is no beginning.
const holeSteps = 2;
// A silence of so many steps, and of so long, is a restart even where the number of the step goes on.
const silentStepsMax = 20;
const silenceMsMin = 300_000;
// Standard error of a median: sqrt(pi / 2) times that of a mean.
const medianError = 1.2533;
// Standard error of a spread that is told from the MAD, whose efficiency is 0.37 (Rousseeuw and Croux 1993): 1 / sqrt(0.74).
const spreadError = 1.16;
// A smaller allowance finds small shifts in steps that depend on each other, a larger one large shifts sooner.
const allowanceSigmas = 0.35;
// A third slower is beyond what noise does: then dependence between steps asks for no more patience.
const evident = Math.log(1.3);
// Between two readings far apart so much of the time may go into what lies between steps, before it is a silence.
const betweenShareMax = 0.5;
// The baseline's own error never takes more than half of the allowance, or nothing would ever be found.
const allowanceShareMin = 0.5;

/** Continues the detector with the steps that are newer than what it knows. Deterministic; `phases` are left out. */
export function observeSteps(
  state: HistoryState,
  samples: readonly StepSample[],
  thresholds: HistoryThresholds,
  phases: readonly Phase[] = [],
): { readonly state: HistoryState; readonly alarm: HistoryAlarm | null } {
  let now = isSetBack(state, samples) ? { ...forgetful(state), last: null } : state;
  for (const sample of samples) {
    if (now.last !== null && (sample.atMs <= now.last.atMs || !isNewStep(sample, now.last))) continue;
    if (!(sample.seconds > 0) || !Number.isFinite(sample.seconds)) continue;
    const began = restarted(now, sample) ? atRestart(now, sample) : atFirst(now, sample, thresholds);
    const next = { ...began, last: sample };
    const { warmUp } = next;
    if (warmUp !== null && warmUp.toMs === null) {
      now = { ...next, warmUp: warmUpWith(warmUp, sample, healthyRatio(next, sample, thresholds), thresholds) };
      continue;
    }
    const excused = phaseDuring(phases, sample.atMs - 1000 * sample.seconds, sample.atMs) !== undefined;
    now = excused ? next : observed(next, sample, thresholds);
  }
  return { state: now, alarm: alarmOf(now) };
}

/**
 * What is known before the first look at a job. Where its steps begin within the range, the job does: it warms up, whatever
 * the number of the step (it goes on from a checkpoint).
 */
export function beginHistory(
  state: HistoryState,
  samples: readonly StepSample[],
  { fromMs, stepMs }: Pick<MetricRange, 'fromMs' | 'stepMs'>,
): HistoryState {
  const [first] = samples;
  if (state.last !== null || first === undefined) return state;
  const beganMs = first.atMs - 1000 * first.seconds;
  return beganMs - fromMs > holeSteps * stepMs
    ? { ...state, warmUp: warmUpFrom(first.iteration, beganMs) }
    : { ...state, warmUp: null };
}

/** The healthy step time in seconds that the job showed; `null` while it is still learned. */
export function healthySeconds({ baseline }: HistoryState): number | null {
  return baseline === null ? null : Math.exp(baseline.centre);
}

/** A job that is first seen in the middle of its life has its warm-up behind it. */
function atFirst(
  state: HistoryState,
  { iteration, atMs, seconds }: StepSample,
  { warmUpSteps }: HistoryThresholds,
): HistoryState {
  if (state.last !== null || iteration === null || iteration > warmUpSteps) return state;
  return { ...state, warmUp: warmUpFrom(1, atMs - 1000 * seconds * iteration) };
}

function healthyRatio(
  { baseline }: HistoryState,
  { seconds }: StepSample,
  thresholds: HistoryThresholds,
): number | null {
  if (baseline === null) return null;
  return seconds / Math.exp(baseline.centre + limitsOf(baseline, thresholds).allowance);
}

function restarted({ last, baseline }: HistoryState, sample: StepSample): boolean {
  if (last === null) return false;
  if (sample.iteration !== null && last.iteration !== null && sample.iteration < last.iteration) return true;
  const usualMs = 1000 * (baseline === null ? last.seconds : Math.exp(baseline.centre));
  const advanced = Math.max(1, (sample.iteration ?? 0) - (last.iteration ?? 0));
  const silentMs = sample.atMs - last.atMs - 1000 * sample.seconds * advanced;
  return silentMs > Math.max(silenceMsMin, silentStepsMax * usualMs, betweenShareMax * advanced * usualMs);
}

/** All that is told lies clearly before what was seen: the clock was set back, or had been ahead. */
function isSetBack({ last }: HistoryState, samples: readonly StepSample[]): boolean {
  const newest = samples.at(-1);
  return last !== null && newest !== undefined && newest.atMs < last.atMs - silenceMsMin;
}

/** What is known of health stays; what was gathered against it goes. */
function forgetful(state: HistoryState): HistoryState {
  return { ...state, slower: nothing, faster: nothing, recent: [], waiting: 0, alarm: null };
}

/** The program is the same as before, so its healthy speed is too; only its first steps are slow again. */
function atRestart(state: HistoryState, { iteration, atMs, seconds }: StepSample): HistoryState {
  return {
    ...forgetful(state),
    warmUp: warmUpFrom(iteration, atMs - 1000 * seconds),
    restarts: state.restarts + 1,
  };
}

function observed(state: HistoryState, sample: StepSample, thresholds: HistoryThresholds): HistoryState {
  const log = rounded(Math.log(sample.seconds));
  const recent = [...state.recent, [sample.atMs, log] as const].slice(-recentMax);
  const { baseline } = state;
  if (baseline === null) return learning({ ...state, recent }, [log], thresholds);
  const limits = limitsOf(baseline, thresholds);
  const above = log - baseline.centre;
  const slower = gathered(state.slower, above, sample, limits);
  const faster = gathered(state.faster, -above, sample, limits);
  const next: HistoryState = { ...state, recent, slower, faster };
  if (state.alarm !== null) return recovered(next, limits) ? { ...next, alarm: null, slower: nothing } : next;
  if (isReached(slower, limits, thresholds) && level(recent, slower.steps) - baseline.centre >= limits.shift)
    return { ...next, waiting: 0, alarm: { sinceMs: slower.sinceMs ?? sample.atMs, detectedMs: sample.atMs } };
  if (isReached(faster, limits, thresholds) && faster.steps >= thresholds.learnStepsMin)
    return relearned(next, baseline.centre, thresholds);
  if (slower.steps > 0 || faster.steps > 0) return { ...next, waiting: Math.min(recentMax, state.waiting + 1) };
  const waited = recent.slice(-(state.waiting + 1)).map(([, one]) => one);
  return learning({ ...next, waiting: 0 }, waited, thresholds);
}

interface Limits {
  readonly allowance: number;
  readonly threshold: number;
  /** One step adds no more than this, so that no alarm stands on a single one. */
  readonly stepMax: number;
  readonly evidentStepMax: number;
  readonly shift: number;
}

/** Allowance from the shift to find, threshold from the run length, both with the baseline's own error in mind. */
function limitsOf(baseline: Baseline, { shift: share, runLength, persistSteps }: HistoryThresholds): Limits {
  const shift = Math.log(1 + share);
  const longRunSigma = baseline.longRunSigma * (1 + spreadError / Math.sqrt(independentSteps(baseline)));
  const allowance = Math.max(allowanceSigmas * longRunSigma, shift / 2);
  const error = (medianError * longRunSigma) / Math.sqrt(baseline.steps);
  const certain = Math.max(allowance - error, allowanceShareMin * allowance);
  const threshold = Math.max(cusumThreshold(certain / longRunSigma, runLength) * longRunSigma, allowance);
  // One shock lasts for some steps where each depends on the one before it.
  const patience = Math.floor((persistSteps * baseline.longRunSigma) / baseline.sigma);
  return {
    allowance,
    threshold,
    stepMax: threshold / Math.max(persistSteps, patience),
    evidentStepMax: threshold / persistSteps,
    shift,
  };
}

function gathered(before: Excess, above: number, sample: StepSample, limits: Limits): Excess {
  const most = above >= evident ? limits.evidentStepMax : limits.stepMax;
  const sum = before.sum + Math.min(above - limits.allowance, most);
  if (sum <= 0) return nothing;
  return {
    sum: rounded(sum),
    sinceMs: before.sinceMs ?? Math.round(sample.atMs - 1000 * sample.seconds),
    steps: before.steps + 1,
  };
}

// Sums are kept rounded, and three thirds must make a whole.
const roundingSlack = 1e-3;

function isReached(excess: Excess, limits: Limits, { persistSteps }: HistoryThresholds): boolean {
  return excess.sum >= limits.threshold * (1 - roundingSlack) && excess.steps >= persistSteps;
}

function level(recent: HistoryState['recent'], steps: number): number {
  return median(recent.slice(-Math.max(1, Math.min(levelSteps, steps))).map(([, log]) => log));
}

function recovered({ recent, baseline }: HistoryState, { allowance }: Limits): boolean {
  if (baseline === null || recent.length < recoveredSteps) return false;
  return recent.slice(-recoveredSteps).every(([, log]) => log - baseline.centre <= allowance);
}

/** What is learned stands from some steps on and becomes sharper until it stands for good: a fault is not learned. */
function learning(state: HistoryState, logs: readonly number[], thresholds: HistoryThresholds): HistoryState {
  if ((state.baseline?.steps ?? 0) >= thresholds.learnStepsMax) return state;
  const learned = [...state.learned, ...logs.map(inUnits)].slice(0, thresholds.learnStepsMax);
  if (learned.length < thresholds.learnStepsMin) return { ...state, learned };
  const healthy = state.baseline === null ? fasterPart(learned) : learned;
  const baseline = baselineFrom(healthy);
  return { ...state, learned: healthy.length >= thresholds.learnStepsMax ? [] : healthy, baseline };
}

// As much as the level of a short range must change (own-history.ts).
const changeShare = 0.1;

/** The first steps that are learned may hold a change: the faster side of it is the healthy one. */
function fasterPart(learned: readonly number[]): readonly number[] {
  const change = changePoint(
    learned.map((units, index) => [index, Math.exp(units * learnedUnit)] as const),
    changeShare,
  );
  if (change === null) return learned;
  return change.ratio > 1 ? learned.slice(0, change.atMs) : learned.slice(change.atMs);
}

function baselineFrom(learned: readonly number[]): Baseline {
  return baselineOf(learned.map((units) => units * learnedUnit));
}

function inUnits(log: number): number {
  return Math.round(log / learnedUnit);
}

/** A job that has become faster was not healthy before. Steps of the old level that began the count are left out. */
function relearned(state: HistoryState, centre: number, thresholds: HistoryThresholds): HistoryState {
  const { faster, recent } = state;
  const between = (centre + level(recent, levelSteps)) / 2;
  const now = recent.slice(-Math.min(faster.steps, recentMax)).flatMap(([, log]) => (log < between ? log : []));
  return learning({ ...forgetful(state), recent, learned: [], baseline: null }, now, thresholds);
}

function alarmOf({ alarm, baseline, recent, slower }: HistoryState): HistoryAlarm | null {
  if (alarm === null || baseline === null || recent.length === 0) return null;
  const now = level(recent, Math.max(slower.steps, recoveredSteps));
  return {
    ...alarm,
    ratio: Math.exp(now - baseline.centre),
    healthySeconds: Math.exp(baseline.centre),
    measuredSeconds: Math.exp(now),
    sigma: baseline.sigma,
    learnedSteps: baseline.steps,
  };
}

function rounded(value: number): number {
  return Math.round(value * 1e5) / 1e5;
}
