import type { Action } from '../state/actions.ts';
import { applyChange, gpuSettings, healthy, healthyGpu, type GpuSettings, type Settings } from '../state/settings.ts';
import { spread } from '../noise.ts';
import type { World } from '../world.ts';
import { busyClock, idleClock, idleW, phasePower } from './gpu-power.ts';
import { phaseShares, stepMs, type PhaseShares } from './step.ts';
import { clockReason } from './a800.ts';

/** A stretch of cluster time in which no cause changes. */
export interface Segment {
  readonly fromMs: number;
  readonly settings: Settings;
  /** Null before the job's start. */
  readonly meanStepMs: number | null;
  /** Steps done at `fromMs`, a real number. */
  readonly stepsAtStart: number;
  /** What GPUs without a deviation do. */
  readonly common: Load;
  /** What the others do, by `node/gpu`. */
  readonly special: ReadonlyMap<string, Load>;
}

/** Means over a step; noise comes on top. */
export interface Load {
  readonly smMhz: number;
  readonly reasons: number;
  readonly powerW: number;
  readonly shares: PhaseShares | null;
  readonly settings: GpuSettings;
}

/** The past as a function of the action log. Actions are appended at their end only, so the past never changes. */
export interface Timeline {
  readonly world: World;
  readonly actions: readonly Action[];
  readonly segments: readonly Segment[];
  append(action: Action): void;
  segmentAt(ms: number): Segment;
}

export function createTimeline(world: World, recorded: readonly Action[]): Timeline {
  const actions: Action[] = [];
  const segments: Segment[] = [
    segment(-Infinity, healthy, null, 0),
    segment(world.job.startMs, healthy, runningStepMs(healthy), 0),
  ];
  const timeline: Timeline = {
    world,
    actions,
    segments,
    append(action) {
      actions.push(action);
      const latest = segments.at(-1) ?? neverEmpty();
      const settings = action.changes.reduce(applyChange, latest.settings);
      const runs = runningStepMs(settings);
      if (action.atMs < world.job.startMs) {
        segments.splice(-1, 1, segment(action.atMs, settings, null, 0));
        segments.push(segment(world.job.startMs, settings, runs, 0));
      } else segments.push(segment(action.atMs, settings, runs, stepsAt(latest, action.atMs)));
    },
    segmentAt: (ms) => segments[lastIndexAt(segments, ms)] ?? neverEmpty(),
  };
  for (const action of recorded) timeline.append(action);
  return timeline;
}

/** Steps done at a moment, a real number: the inverse of `stepEndMs`, jitter aside. */
export function stepsAt(at: Segment, ms: number): number {
  return at.meanStepMs === null ? 0 : at.stepsAtStart + (ms - at.fromMs) / at.meanStepMs;
}

// Half the width of the jitter of a step's end, as a share of a step; the difference of two of them spreads by about 1.6 %.
const jitterMax = 0.028;

/** Cluster time at which the job's `step`-th step since its start ended (or will, if nothing changes). */
export function stepEndMs(timeline: Timeline, step: number): number {
  if (step <= 0) return timeline.world.job.startMs;
  const progress = step + jitterMax * spread(timeline.world.seed, 'step-end', step);
  const at = timeline.segments.findLast((one) => one.meanStepMs !== null && one.stepsAtStart <= progress);
  if (at === undefined || at.meanStepMs === null) return neverEmpty();
  return at.fromMs + (progress - at.stepsAtStart) * at.meanStepMs;
}

/** The last step that had ended; 0 when none had. */
export function lastStepAt(timeline: Timeline, ms: number): number {
  const about = Math.floor(stepsAt(timeline.segmentAt(ms), ms));
  for (let step = about + 1; step > about - 2 && step > 0; step -= 1) if (stepEndMs(timeline, step) <= ms) return step;
  return 0;
}

export function stepDurationMs(timeline: Timeline, step: number): number {
  return stepEndMs(timeline, step) - stepEndMs(timeline, step - 1);
}

export function loadOf(at: Segment, node: string, gpu: number): Load {
  return at.special.get(`${node}/${gpu}`) ?? at.common;
}

export function lastIndexAt(segments: readonly Segment[], ms: number): number {
  let low = 0;
  let high = segments.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((segments[middle]?.fromMs ?? Infinity) <= ms) low = middle;
    else high = middle - 1;
  }
  return low;
}

function runningStepMs(settings: Settings): number {
  const clocks = [healthyGpu, ...settings.gpus.values()].map((gpu) => busyClock(gpu).smMhz);
  return stepMs(Math.min(...clocks));
}

function segment(fromMs: number, settings: Settings, meanStepMs: number | null, stepsAtStart: number): Segment {
  const special = new Map<string, Load>();
  for (const key of settings.gpus.keys()) {
    const slash = key.lastIndexOf('/');
    const own = gpuSettings(settings, key.slice(0, slash), Number(key.slice(slash + 1)));
    special.set(key, load(own, meanStepMs));
  }
  return { fromMs, settings, meanStepMs, stepsAtStart, common: load(healthyGpu, meanStepMs), special };
}

function load(settings: GpuSettings, meanStepMs: number | null): Load {
  if (meanStepMs === null)
    return { smMhz: idleClock(settings), reasons: clockReason.idle, powerW: idleW, shares: null, settings };
  const { smMhz, reasons } = busyClock(settings);
  const shares = phaseShares(smMhz, meanStepMs);
  const watts = phasePower(smMhz);
  // In every phase the board keeps its limit; what is bound by memory or links does not take longer for that.
  const kept = (phaseW: number) => Math.min(phaseW, settings.powerLimitW);
  const powerW =
    shares.compute * kept(watts.computeW) + shares.transfer * kept(watts.transferW) + shares.wait * kept(watts.waitW);
  return { smMhz, reasons, powerW, shares, settings };
}

function neverEmpty(): never {
  throw new Error('a timeline has at least two segments');
}
