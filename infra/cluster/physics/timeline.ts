import type { Action } from '../state/actions.ts';
import { applyChange, gpuSettings, healthy, healthyGpu, type GpuSettings, type Settings } from '../state/settings.ts';
import { spread } from '../noise.ts';
import type { World } from '../world.ts';
import { clockReason } from './a800.ts';
import { checkpointEvery, checkpointMs } from './checkpoint.ts';
import { busyClock, idleClock, idleW, phasePower } from './gpu-power.ts';
import { activeAttempt, type Attempt, type JobPhase, type RankDeath, type StopQuestion } from './job.ts';
import { phaseAfter, startOf } from './scheduler.ts';
import { paceOf, type Pace } from './pace.ts';
import { sharedBy } from './speed.ts';
import { phaseShares, type PhaseShares } from './step.ts';
import { stopCauses } from './stops/index.ts';

/** Cluster time from the first line of the launch to the first step, when data and model are warm in the page cache. */
export const firstLaunchMs = 18_000;
/** The same after a failure: caches are cold, the checkpoint comes from Lustre. */
export const relaunchMs = 45_000;
/** From a rank's death to the end of the job: the other agents notice, srun ends the step, epilogs run. */
export const tearDownMs = 12_000;

/** A stretch of cluster time in which no cause changes and the job stays in one phase of its life. */
export interface Segment {
  readonly fromMs: number;
  readonly settings: Settings;
  readonly phase: JobPhase;
  /** Null when no steps are made. */
  readonly pace: Pace | null;
  /** Of the pace; null when no steps are made. */
  readonly meanStepMs: number | null;
  /** Steps done at `fromMs`, a real number; it counts through all attempts and never falls. */
  readonly stepsAtStart: number;
  /** Names of the nodes that the job holds. */
  readonly busyNodes: ReadonlySet<string>;
  /** What GPUs of the job without a deviation do. */
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

/**
 * The past as a function of the action log. Actions are appended at their end only, so the past never changes; what
 * follows from causes by itself (a rank dies, a requeued job starts) is foreseen as segments that the next action replaces.
 */
export interface Timeline {
  readonly world: World;
  readonly actions: readonly Action[];
  readonly segments: readonly Segment[];
  append(action: Action): void;
  segmentAt(ms: number): Segment;
  /** Every attempt of the job with its end, in order, as far as it is foreseen. */
  lives(): readonly AttemptLife[];
}

export interface AttemptLife {
  readonly attempt: Attempt;
  /** When it makes no more steps; Infinity while nothing stops it. */
  readonly stoppedMs: number;
  /** How it stops: by a rank's death, or because it was put back into the queue. */
  readonly death: RankDeath | null;
  readonly requeuedMs: number | null;
}

// One action is followed by at most a start, a run, a death and an end.
const foreseenMax = 8;

export function createTimeline(world: World, recorded: readonly Action[]): Timeline {
  const actions: Action[] = [];
  const segments: Segment[] = [segment(world, -Infinity, healthy, { kind: 'unsubmitted' }, 0)];
  let lives: readonly AttemptLife[] | null = null;
  const latest = () => segments.at(-1) ?? neverEmpty();
  const attemptLives = () => (lives ??= livesOf(segments));
  const foresee = () => {
    for (let count = 0; count < foreseenMax; count += 1) {
      const last = latest();
      const next = nextPhase(world, last, () => lastCheckpoint(timeline, last.fromMs));
      if (next === null) break;
      // What was begun of a step is lost; the next attempt counts from a whole one.
      const done = next.phase.kind === 'launching' ? next.phase.attempt.stepBase : stepsAt(last, next.atMs);
      segments.push(segment(world, next.atMs, last.settings, next.phase, done));
      lives = null;
    }
  };
  const timeline: Timeline = {
    world,
    actions,
    segments,
    lives: attemptLives,
    append(action) {
      actions.push(action);
      while (latest().fromMs > action.atMs) segments.pop();
      lives = null;
      const before = latest();
      const settings = action.changes.reduce((now, change) => applyChange(now, change, action), before.settings);
      const phase = action.changes.reduce((now, change) => phaseAfter(now, change, action.atMs), before.phase);
      segments.push(segment(world, action.atMs, settings, phase, stepsAt(before, action.atMs)));
      foresee();
    },
    segmentAt: (ms) => segments[lastIndexAt(segments, ms)] ?? neverEmpty(),
  };
  foresee();
  for (const action of recorded) timeline.append(action);
  return timeline;
}

/** Steps done at a moment, a real number: the inverse of `stepEndMs`, jitter aside. */
export function stepsAt(at: Segment, ms: number): number {
  return at.pace === null ? at.stepsAtStart : at.stepsAtStart + at.pace.steps(at.fromMs, ms);
}

// Half the width of the jitter of a step's end, as a share of a step; the difference of two of them spreads by about 1.6 %.
const jitterMax = 0.028;

/**
 * Cluster time at which the job's `step`-th step ended (or will, if nothing changes). Infinity for a step that was lost
 * when its attempt stopped.
 */
export function stepEndMs(timeline: Timeline, step: number): number {
  if (step <= 0) return timeline.world.job.startMs;
  const life = lifeOfStep(timeline, step);
  if (life === undefined) return Infinity;
  const progress = progressAtEnd(timeline.world, step);
  const at = timeline.segments.findLast(
    (one) => one.stepsAtStart <= progress && activeAttempt(one.phase) === life.attempt,
  );
  if (at === undefined) return Infinity;
  const endMs = endIn(at, progress);
  return endMs <= life.stoppedMs ? endMs : Infinity;
}

/** The last step that had ended; 0 when none had. */
export function lastStepAt(timeline: Timeline, ms: number): number {
  for (const { attempt, stoppedMs } of timeline.lives().toReversed()) {
    if (attempt.runMs > ms) continue;
    const untilMs = Math.min(ms, stoppedMs);
    const about = Math.floor(stepsAt(timeline.segmentAt(untilMs), untilMs)) + 1;
    // Jitter moves an end by less than a step.
    for (let step = about; step > Math.max(attempt.stepBase, about - 3); step -= 1)
      if (stepEndMs(timeline, step) <= ms) return step;
  }
  return 0;
}

export function stepDurationMs(timeline: Timeline, step: number): number {
  const life = lifeOfStep(timeline, step);
  const begin = life !== undefined && step === life.attempt.stepBase + 1;
  return stepEndMs(timeline, step) - (begin ? life.attempt.runMs : stepEndMs(timeline, step - 1));
}

/** The iteration that Megatron counts for a step; it falls back to a checkpoint's when the job starts again. */
export function iterationOf(timeline: Timeline, step: number): number {
  const attempt = lifeOfStep(timeline, step)?.attempt;
  return attempt === undefined
    ? timeline.world.job.firstIteration
    : attempt.fromIteration + Math.max(0, step - attempt.stepBase);
}

export function lifeOfStep(timeline: Timeline, step: number): AttemptLife | undefined {
  return timeline.lives().findLast((life) => life.attempt.stepBase < step);
}

export function loadOf(at: Segment, node: string, gpu: number): Load {
  if (!at.busyNodes.has(node)) return load(gpuSettings(at.settings, node, gpu), { kind: 'idle' });
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

function progressAtEnd(world: World, step: number): number {
  return step + jitterMax * spread(world.seed, 'step-end', step);
}

function endIn(at: Segment, progress: number): number {
  return at.pace === null ? Infinity : at.pace.after(at.fromMs, progress - at.stepsAtStart);
}

function livesOf(segments: readonly Segment[]): readonly AttemptLife[] {
  const lives: AttemptLife[] = [];
  for (const { phase, fromMs } of segments) {
    const attempt = activeAttempt(phase);
    const last = lives.at(-1);
    if (attempt !== null && last?.attempt !== attempt)
      lives.push({ attempt, stoppedMs: Infinity, death: null, requeuedMs: null });
    else if (phase.kind === 'dying' && last !== undefined && last.death === null)
      lives[lives.length - 1] = { ...last, death: phase.death, stoppedMs: fromMs };
    else if (phase.kind === 'pending' && last !== undefined && last.requeuedMs === null)
      lives[lives.length - 1] = { ...last, requeuedMs: fromMs, stoppedMs: Math.min(last.stoppedMs, fromMs) };
  }
  return lives;
}

/** What happens next without anybody's doing; null when nothing does. */
function nextPhase(
  world: World,
  at: Segment,
  resumeFrom: () => number,
): { readonly atMs: number; readonly phase: JobPhase } | null {
  const { phase } = at;
  switch (phase.kind) {
    case 'unsubmitted': {
      const attempt: Attempt = {
        number: 0,
        launchMs: world.job.startMs - firstLaunchMs,
        runMs: world.job.startMs,
        nodes: world.nodes.map((node) => node.index),
        fromIteration: world.job.firstIteration,
        stepBase: 0,
        memoryLimitMib: null,
      };
      return { atMs: Math.max(attempt.launchMs, at.fromMs), phase: { kind: 'launching', attempt } };
    }
    case 'launching':
      return { atMs: phase.attempt.runMs, phase: { kind: 'running', attempt: phase.attempt, death: null } };
    case 'running':
      return phase.death === null
        ? null
        : { atMs: phase.death.atMs, phase: { kind: 'dying', attempt: phase.attempt, death: phase.death } };
    case 'dying': {
      const endedMs = phase.death.atMs + tearDownMs;
      return { atMs: endedMs, phase: { kind: 'ended', attempt: phase.attempt, death: phase.death, endedMs } };
    }
    case 'ended':
      return null;
    case 'pending': {
      const start = startOf(world, at.settings, phase, at.fromMs);
      if (start === null) return null;
      const attempt: Attempt = {
        number: phase.previous.number + 1,
        launchMs: start.atMs,
        runMs: start.atMs + relaunchMs,
        nodes: start.nodes,
        fromIteration: resumeFrom(),
        stepBase: Math.ceil(at.stepsAtStart),
        memoryLimitMib: at.settings.jobMemoryMib,
      };
      return { atMs: start.atMs, phase: { kind: 'launching', attempt } };
    }
  }
}

/** Iteration of the newest checkpoint that was whole at this moment. */
function lastCheckpoint(timeline: Timeline, ms: number): number {
  const life = timeline.lives().findLast(({ attempt }) => attempt.runMs <= ms);
  if (life === undefined) return timeline.world.job.firstIteration;
  const { attempt, stoppedMs } = life;
  const last = lastStepAt(timeline, Math.min(ms, stoppedMs));
  for (let step = last; step > attempt.stepBase && step > last - 2 * checkpointEvery; step -= 1)
    if (iterationOf(timeline, step) % checkpointEvery === 0 && stepEndMs(timeline, step) + checkpointMs <= stoppedMs)
      return iterationOf(timeline, step);
  return attempt.fromIteration;
}

function segment(world: World, fromMs: number, settings: Settings, phase: JobPhase, stepsAtStart: number): Segment {
  const nodes = activeAttempt(phase)?.nodes ?? [];
  const pace = phase.kind === 'running' ? paceOf(world, settings, phase.attempt) : null;
  const meanStepMs = pace?.meanStepMs ?? null;
  const doing: Doing =
    phase.kind === 'running' && meanStepMs !== null
      ? { kind: 'training', meanStepMs, share: sharedBy(world, nodes) }
      : phase.kind === 'dying' || phase.kind === 'running'
        ? { kind: 'stuck' }
        : { kind: 'idle' };
  const special = new Map<string, Load>();
  for (const key of settings.gpus.keys()) {
    const slash = key.lastIndexOf('/');
    special.set(key, load(gpuSettings(settings, key.slice(0, slash), Number(key.slice(slash + 1))), doing));
  }
  if (phase.kind === 'dying') {
    const dead = world.nodes[phase.death.node]?.name ?? '';
    special.set(`${dead}/${phase.death.gpu}`, load(gpuSettings(settings, dead, phase.death.gpu), { kind: 'idle' }));
  }
  const made: Segment = {
    fromMs,
    settings,
    phase,
    pace,
    meanStepMs,
    stepsAtStart,
    busyNodes: new Set(nodes.map((index) => world.nodes[index]?.name ?? '')),
    common: load(healthyGpu, doing),
    special,
  };
  return phase.kind === 'running'
    ? { ...made, phase: { ...phase, death: deathFrom(world, made, phase.attempt) } }
    : made;
}

/** The earliest death that the causes of this segment bring about. */
function deathFrom(world: World, at: Segment, attempt: Attempt): RankDeath | null {
  const question: StopQuestion = {
    world,
    settings: at.settings,
    attempt,
    fromMs: at.fromMs,
    checkpointsMs: (count) => checkpointsFrom(world, at, attempt, count),
  };
  const deaths = stopCauses.map((cause) => cause(question)).filter((death) => death !== null);
  const first = deaths.toSorted((a, b) => a.atMs - b.atMs)[0];
  return first === undefined ? null : { ...first, atMs: Math.max(first.atMs, at.fromMs) };
}

// A checkpoint takes less time than this many steps.
const checkpointSteps = 5;

function checkpointsFrom(world: World, at: Segment, attempt: Attempt, count: number): readonly number[] {
  const iteration = (step: number) => attempt.fromIteration + step - attempt.stepBase;
  // A checkpoint that was begun shortly before may still be on its way to the disk.
  let step = Math.max(attempt.stepBase + 1, Math.floor(at.stepsAtStart) - checkpointSteps);
  const ends: number[] = [];
  for (let tried = 0; ends.length < count && tried < (count + 1) * checkpointEvery; tried += 1, step += 1)
    if (iteration(step) % checkpointEvery === 0) ends.push(endIn(at, progressAtEnd(world, step)));
  return ends;
}

/** What a GPU is doing. */
type Doing =
  | { readonly kind: 'idle' }
  | { readonly kind: 'training'; readonly meanStepMs: number; readonly share: number }
  /** In a collective that never ends. */
  | { readonly kind: 'stuck' };

function load(settings: GpuSettings, doing: Doing): Load {
  if (doing.kind === 'idle')
    return { smMhz: idleClock(settings), reasons: clockReason.idle, powerW: idleW, shares: null, settings };
  const { smMhz, reasons } = busyClock(settings);
  const shares =
    doing.kind === 'stuck' ? { compute: 0, transfer: 0, wait: 1 } : phaseShares(smMhz, doing.meanStepMs / doing.share);
  const watts = phasePower(smMhz);
  // In every phase the board keeps its limit; what is bound by memory or links does not take longer for that.
  const kept = (phaseW: number) => Math.min(phaseW, settings.powerLimitW);
  const powerW =
    shares.compute * kept(watts.computeW) + shares.transfer * kept(watts.transferW) + shares.wait * kept(watts.waitW);
  return { smMhz, reasons, powerW, shares, settings };
}

function neverEmpty(): never {
  throw new Error('a timeline has at least one segment');
}
