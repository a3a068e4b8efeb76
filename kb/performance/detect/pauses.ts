import { median } from 'simple-statistics';
import type { MetricRange } from '../../schemas/metric.ts';
import type { Phase } from './phases.ts';
import type { StepSample } from './steps.ts';

/** A time in which a job did something else than its steps: mostly a checkpoint or an evaluation. */
export interface Pause {
  readonly fromMs: number;
  readonly toMs: number;
  /** Beyond what the steps in it take by themselves. */
  readonly seconds: number;
  readonly iteration: number | null;
  readonly from: 'phase' | 'shape';
}

export interface Pauses {
  readonly pauses: readonly Pause[];
  /** Steps, or seconds where steps have no number, between two pauses; `null` where they have no period. */
  readonly period: { readonly every: number; readonly unit: 'steps' | 'seconds' } | null;
}

// One step that takes half as long again stands out of a spread of a few per cent.
const longStepShare = 1.5;
// Scrapes come late by up to one interval.
const lateScrapes = 1.5;
// A period shows in three intervals at least that agree to a fifth.
const intervalsMin = 3;
const intervalSpreadMax = 0.2;
const pausesMax = 200;

/** Pauses by their shape: single long steps, and times between two steps that no step accounts for. */
export function pausesOf(samples: readonly StepSample[], range: Pick<MetricRange, 'stepMs'>): Pauses {
  if (samples.length < intervalsMin + 1) return { pauses: [], period: null };
  const usualSeconds = median(samples.map(({ seconds }) => seconds));
  const pauses = samples
    .flatMap((sample, index) => pauseAt(sample, samples[index - 1], samples[index + 1], usualSeconds, range.stepMs))
    .slice(-pausesMax);
  return { pauses, period: periodOf(pauses) };
}

/** What is excused: the pauses, if they come at a period. A single slow step is left to the detector's patience. */
export function periodicPhases({ pauses, period }: Pauses): readonly Phase[] {
  if (period === null) return [];
  return pauses.map(({ fromMs, toMs }) => ({ kind: 'checkpoint', fromMs, toMs }));
}

/** Pauses that came up while the steps were watched, and the share of the time since then that they take. */
export interface BegunPauses {
  readonly sinceMs: number;
  readonly share: number;
  readonly every: NonNullable<Pauses['period']>;
}

// A job saves and evaluates from its start on: so many periods without a pause before the first one are no accident.
const periodsBeforeMin = 3;
// As a lasting change of the step time: a tenth.
const begunShareMin = 0.1;

/** A fault may come at a period too, and would be excused for a checkpoint; `null` where the pauses were there before. */
export function begunPauses(samples: readonly StepSample[], { pauses, period }: Pauses): BegunPauses | null {
  const [first, last] = [samples[0], samples.at(-1)];
  const [from, to] = [pauses[0], pauses.at(-1)];
  if (period === null || first === undefined || last === undefined || from === undefined || to === undefined)
    return null;
  const everyMs = (to.fromMs - from.fromMs) / Math.max(1, pauses.length - 1);
  if (from.fromMs - first.atMs < periodsBeforeMin * everyMs) return null;
  const lost = pauses.reduce((sum, { seconds }) => sum + seconds, 0);
  const share = (1000 * lost) / Math.max(1, last.atMs - from.fromMs);
  return share < begunShareMin || share >= 1 ? null : { sinceMs: from.fromMs, share, every: period };
}

/** Checkpoints of known spans that have ended, as pauses. */
export function knownPauses(phases: readonly Phase[]): readonly Pause[] {
  return phases
    .filter(({ kind }) => kind === 'checkpoint')
    .slice(-pausesMax)
    .flatMap(({ fromMs, toMs }) =>
      toMs === null ? [] : [{ fromMs, toMs, seconds: (toMs - fromMs) / 1000, iteration: null, from: 'phase' as const }],
    );
}

function pauseAt(
  sample: StepSample,
  before: StepSample | undefined,
  after: StepSample | undefined,
  usualSeconds: number,
  scrapeMs: number,
): readonly Pause[] {
  const { atMs, seconds, iteration } = sample;
  // The neighbours are as usual: a lasting slowdown is none.
  const isLong = seconds > longStepShare * usualSeconds && [before, after].every((one) => isUsual(one, usualSeconds));
  if (isLong) {
    const fromMs = Math.round(atMs - 1000 * seconds);
    return [{ fromMs, toMs: atMs, seconds: seconds - usualSeconds, iteration, from: 'shape' }];
  }
  if (before === undefined || iteration === null || before.iteration === null || iteration <= before.iteration)
    return [];
  const extraMs = atMs - before.atMs - 1000 * (iteration - before.iteration) * Math.max(usualSeconds, seconds);
  if (extraMs <= lateScrapes * scrapeMs + 1000 * usualSeconds) return [];
  return [{ fromMs: before.atMs, toMs: atMs, seconds: extraMs / 1000, iteration, from: 'shape' }];
}

function isUsual(sample: StepSample | undefined, usualSeconds: number): boolean {
  return sample === undefined || sample.seconds <= longStepShare * usualSeconds;
}

function periodOf(pauses: readonly Pause[]): Pauses['period'] {
  const numbered = pauses.every(({ iteration }) => iteration !== null);
  const marks = pauses.map(({ iteration, toMs }) => (numbered && iteration !== null ? iteration : toMs / 1000));
  const intervals = marks.slice(1).map((mark, index) => mark - (marks[index] ?? mark));
  if (intervals.length < intervalsMin) return null;
  const every = median(intervals);
  if (!(every > 0)) return null;
  // Scrapes miss a step now and then; most intervals agree all the same, or are a whole number of periods.
  const agreeing = intervals.filter((one) => {
    const times = Math.max(1, Math.round(one / every));
    return Math.abs(one - times * every) <= intervalSpreadMax * every;
  });
  return agreeing.length >= 0.8 * intervals.length ? { every, unit: numbered ? 'steps' : 'seconds' } : null;
}
