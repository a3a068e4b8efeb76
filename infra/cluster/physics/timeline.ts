import type { Action } from '../state/actions.ts';
import { applyChange, healthySettings, type Settings } from '../state/settings.ts';
import type { World, WorldNode } from '../world.ts';
import { checkpointEvery, checkpointMs } from './checkpoint.ts';
import { activeAttempt, type JobPhase } from './job.ts';
import { knownAt, livesOf, livesWith, type AttemptLife } from './lives.ts';
import { nextChange, type Next } from './next-phase.ts';
import { phaseAfter } from './scheduler.ts';
import { lastIndexAt, lastWhere, makeSegment, momentIn, stepsAt, workAt, type Segment } from './segment.ts';
import { betweenAfter, workAtBegin, workAtEnd } from './step-work.ts';

/**
 * The past of one job and its nodes as a function of the action log. Actions are appended at their end only, so the past
 * never changes. What follows from causes by itself (a fact changes, a rank dies, a requeued job starts) is worked out as
 * segments as far as somebody asks, and the next action cuts what was foreseen: the answer does not depend on who asked
 * before, or in which order.
 */
export interface Timeline {
  readonly world: World;
  readonly actions: readonly Action[];
  /** Those that were worked out until now; ask `segmentAt` first. */
  readonly segments: readonly Segment[];
  /** The timelines of all jobs of the cluster, this one among them. */
  readonly all: readonly Timeline[];
  /** The one of the job that a node belongs to. */
  of(node: WorldNode): Timeline;
  append(action: Action): void;
  /** What everybody has set, after the latest action. */
  settings(): Settings;
  segmentAt(ms: number): Segment;
  /** Every attempt of the job that was launched up to a moment, in order, as it was known then. */
  lives(toMs: number): readonly AttemptLife[];
  /** The attempt in which a step was made that ended before something that was asked for. */
  lifeOfStep(step: number): AttemptLife | undefined;
}

// Years of a flapping cause; nobody asks for that.
const segmentsMax = 500_000;

/** `family` gives the timelines of the other jobs; without it this job is alone. */
export function createTimeline(
  world: World,
  recorded: readonly Action[],
  family?: Pick<Timeline, 'all' | 'of'>,
): Timeline {
  const actions: Action[] = [];
  const segments: Segment[] = [];
  let settings = healthySettings(world);
  let lives: readonly AttemptLife[] | null = null;
  // Metrics ask thousands of times about one moment.
  let found: { readonly ms: number; readonly at: Segment } | null = null;
  const latest = () => segments.at(-1) ?? neverEmpty();
  const madeLives = () => (lives ??= livesOf(segments));
  const push = (fromMs: number, phase: JobPhase, workAtStart: number) => {
    const made = makeSegment(world, segments, fromMs, settings, phase, workAtStart);
    segments.push(made);
    found = null;
    if (lives !== null) lives = livesWith(lives, made);
  };
  // What follows the latest segment; worked out once for it.
  let foreseen: { readonly after: Segment; readonly next: Next | null } | null = null;
  const following = (last: Segment) => {
    if (foreseen?.after !== last)
      foreseen = { after: last, next: nextChange(world, last, () => lastCheckpoint(timeline, last.fromMs)) };
    return foreseen.next;
  };
  /** Works out what happens by itself up to a moment. */
  const extend = (toMs: number) => {
    while (segments.length < segmentsMax) {
      const last = latest();
      if (toMs <= last.fromMs) return;
      const next = following(last);
      if (next === null || next.atMs > toMs) return;
      // What was begun of a step is lost; the next attempt counts from a whole one.
      const fresh = next.phase.kind === 'launching' && last.phase.kind !== 'launching';
      push(next.atMs, next.phase, fresh ? next.phase.attempt.workBase : workAt(last, next.atMs));
    }
    throw new Error(`more than ${segmentsMax} changes up to ${new Date(toMs).toISOString()}`);
  };
  const timeline: Timeline = {
    world,
    actions,
    segments,
    get all() {
      return family?.all ?? [timeline];
    },
    of: (node) => family?.of(node) ?? timeline,
    settings: () => settings,
    lives(toMs) {
      extend(toMs);
      return knownAt(madeLives(), toMs);
    },
    lifeOfStep: (step) => madeLives().findLast((life) => life.attempt.stepBase < step),
    append(action) {
      extend(action.atMs);
      actions.push(action);
      while (latest().fromMs > action.atMs) {
        segments.pop();
        lives = null;
      }
      const before = latest();
      settings = action.changes.reduce((now, change) => applyChange(world, now, change, action), settings);
      const phase = action.changes.reduce((now, change) => phaseAfter(world, now, change, action.atMs), before.phase);
      push(action.atMs, phase, workAt(before, action.atMs));
    },
    segmentAt(ms) {
      if (found?.ms === ms) return found.at;
      extend(ms);
      const at = segments[lastIndexAt(segments, ms)] ?? neverEmpty();
      found = { ms, at };
      return at;
    },
  };
  push(-Infinity, { kind: 'unsubmitted' }, 0);
  for (const action of recorded) timeline.append(action);
  return timeline;
}

/**
 * Cluster time at which the job's `step`-th step ended (or will, if nothing changes). Infinity for a step that was lost
 * when its attempt stopped.
 */
export function stepEndMs(timeline: Timeline, step: number): number {
  if (step <= 0) return timeline.world.job.startMs;
  const life = lifeOfStep(timeline, step);
  if (life === undefined) return Infinity;
  const endMs = momentOf(timeline, life, workAtEnd(timeline.world, life.attempt, step));
  return endMs <= life.stoppedMs ? endMs : Infinity;
}

/** When a step begins: after the one before it, and after what lies between them. */
export function stepBeginMs(timeline: Timeline, step: number): number {
  const life = lifeOfStep(timeline, step);
  if (life === undefined || step <= life.attempt.stepBase + 1) return life?.attempt.runMs ?? Infinity;
  const { checkpoint, evaluation } = betweenAfter(life.attempt, step - 1);
  return checkpoint + evaluation === 0
    ? stepEndMs(timeline, step - 1)
    : momentOf(timeline, life, workAtBegin(timeline.world, life.attempt, step));
}

/** When so much work of an attempt is done. */
export function momentOf({ segments }: Timeline, { attempt }: AttemptLife, work: number): number {
  let index = lastWhere(segments, (one) => one.workAtStart <= work);
  while (index >= 0 && activeAttempt((segments[index] ?? neverEmpty()).phase) !== attempt) index -= 1;
  const at = segments[index];
  return at === undefined ? Infinity : momentIn(at, work);
}

/** The last step that had ended; 0 when none had. */
export function lastStepAt(timeline: Timeline, ms: number): number {
  for (const { attempt, stoppedMs } of timeline.lives(ms).toReversed()) {
    if (attempt.runMs > ms) continue;
    const untilMs = Math.min(ms, stoppedMs);
    const about = Math.floor(stepsAt(timeline.segmentAt(untilMs), attempt, untilMs)) + 1;
    // Jitter moves an end by less than a step.
    for (let step = about; step > Math.max(attempt.stepBase, about - 3); step -= 1)
      if (stepEndMs(timeline, step) <= ms) return step;
  }
  return 0;
}

/** What Megatron times: without the checkpoint and the evaluation that came before the step. */
export function stepDurationMs(timeline: Timeline, step: number): number {
  return stepEndMs(timeline, step) - stepBeginMs(timeline, step);
}

/** The iteration that Megatron counts for a step; it falls back to a checkpoint's when the job starts again. */
export function iterationOf(timeline: Timeline, step: number): number {
  const attempt = lifeOfStep(timeline, step)?.attempt;
  return attempt === undefined
    ? timeline.world.job.firstIteration
    : attempt.fromIteration + Math.max(0, step - attempt.stepBase);
}

export function lifeOfStep(timeline: Timeline, step: number): AttemptLife | undefined {
  return timeline.lifeOfStep(step);
}

/** Iteration of the newest checkpoint that was whole at this moment. */
function lastCheckpoint(timeline: Timeline, ms: number): number {
  const life = timeline.lives(ms).findLast(({ attempt }) => attempt.runMs <= ms);
  if (life === undefined) return timeline.world.job.firstIteration;
  const { attempt, stoppedMs } = life;
  const last = lastStepAt(timeline, Math.min(ms, stoppedMs));
  for (let step = last; step > attempt.stepBase && step > last - 2 * checkpointEvery; step -= 1)
    if (iterationOf(timeline, step) % checkpointEvery === 0 && stepEndMs(timeline, step) + checkpointMs <= stoppedMs)
      return iterationOf(timeline, step);
  return attempt.fromIteration;
}

function neverEmpty(): never {
  throw new Error('a timeline has at least one segment');
}
