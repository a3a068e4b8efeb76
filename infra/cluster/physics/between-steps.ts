import type { PhaseShares } from './step.ts';
import { betweenAfter, workAtEnd } from './step-work.ts';
import { lastStepAt, lifeOfStep, momentOf, stepBeginMs, type Timeline } from './timeline.ts';

export type BetweenSteps = 'checkpoint' | 'evaluation';

interface Known {
  readonly ms: number;
  /** An action may change what was known of its own moment. */
  readonly actions: number;
  readonly doing: BetweenSteps | null;
}

const last = new WeakMap<Timeline, Known>();

/** What the ranks of a running job do between two steps at a moment; null within a step. Every GPU of a scrape asks. */
export function betweenSteps(timeline: Timeline, ms: number): BetweenSteps | null {
  const actions = timeline.actions.length;
  const known = last.get(timeline);
  if (known !== undefined && known.ms === ms && known.actions === actions) return known.doing;
  const doing = betweenAt(timeline, ms);
  last.set(timeline, { ms, actions, doing });
  return doing;
}

function betweenAt(timeline: Timeline, ms: number): BetweenSteps | null {
  const { phase } = timeline.segmentAt(ms);
  if (phase.kind !== 'running') return null;
  const step = lastStepAt(timeline, ms);
  const life = lifeOfStep(timeline, step);
  if (life === undefined || life.attempt !== phase.attempt) return null;
  const { checkpoint, evaluation } = betweenAfter(life.attempt, step);
  if (checkpoint + evaluation === 0) return null;
  const savedMs = momentOf(timeline, life, workAtEnd(timeline.world, life.attempt, step) + checkpoint);
  if (ms < savedMs) return 'checkpoint';
  return ms < stepBeginMs(timeline, step + 1) ? 'evaluation' : null;
}

/** While what is to be saved is copied to the host, no kernel runs. */
export const copyingShares: PhaseShares = { compute: 0, transfer: 0, wait: 0, idle: 1, input: 0 };
