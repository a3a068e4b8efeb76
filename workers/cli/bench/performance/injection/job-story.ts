import type { Phase } from '../../../../../kb/performance/detect/phases.ts';
import type { StepSample } from '../../../../../kb/performance/detect/steps.ts';

/** How a job runs, and when it begins to run slower. */
export interface StoryPlan {
  /** Of a healthy step. */
  readonly stepSeconds: number;
  readonly endSeconds: number;
  /** `null` stays healthy. */
  readonly slow: { readonly fromSeconds: number; readonly factor: number } | null;
  /** Correlation of a step's noise with that of the one before, from 0. */
  readonly correlation: number;
}

export interface JobStory {
  /** Every step, at the moment that it ended. */
  readonly steps: readonly StepSample[];
  /** What the job's log tells. */
  readonly phases: readonly Phase[];
}

// Step time of healthy jobs spreads by 1 to 2 %; the larger.
const noise = 0.02;
const warmUpSteps = 5;
const checkpoint = { everySeconds: 1_800, seconds: 45 };
const evaluation = { everySeconds: 7_200, seconds: 180 };
const stepsMax = 500_000;

/**
 * One job from its first step on: slow first steps, lognormal noise, and checkpoints and evaluations that lengthen the
 * step they follow.
 */
export function jobStory(plan: StoryPlan, random: () => number): JobStory {
  const steps: StepSample[] = [];
  const phases: Phase[] = [];
  let now = 0;
  let wander = 0;
  let checkpointAt = checkpoint.everySeconds;
  let evaluationAt = evaluation.everySeconds;
  while (now < plan.endSeconds && steps.length < stepsMax) {
    const iteration = steps.length + 1;
    wander = plan.correlation * wander + Math.sqrt(1 - plan.correlation ** 2) * normal(random);
    const slow = plan.slow !== null && now >= plan.slow.fromSeconds ? plan.slow.factor : 1;
    const warming = iteration <= warmUpSteps ? 1 + 2 / iteration : 1;
    let seconds = plan.stepSeconds * slow * warming * Math.exp(noise * wander);
    const pauses: readonly (readonly [Phase['kind'], number])[] = [
      ...(now >= checkpointAt ? [['checkpoint', checkpoint.seconds] as const] : []),
      ...(now >= evaluationAt ? [['evaluation', evaluation.seconds] as const] : []),
    ];
    if (now >= checkpointAt) checkpointAt += checkpoint.everySeconds;
    if (now >= evaluationAt) evaluationAt += evaluation.everySeconds;
    for (const [kind, pause] of pauses) {
      phases.push({ kind, fromMs: (now + seconds) * 1_000, toMs: (now + seconds + pause) * 1_000 });
      seconds += pause;
    }
    now += seconds;
    steps.push({ atMs: now * 1_000, seconds, iteration });
  }
  return { steps, phases };
}

/** What gauges of the last finished step show at every scrape; a step between two scrapes is never seen. */
export function scraped(steps: readonly StepSample[], everySeconds: number): readonly StepSample[] {
  const seen: StepSample[] = [];
  steps.forEach((step, at) => {
    const scrapeMs = Math.ceil(step.atMs / (everySeconds * 1_000)) * everySeconds * 1_000;
    const next = steps[at + 1];
    if (next === undefined || next.atMs > scrapeMs) seen.push({ ...step, atMs: scrapeMs });
  });
  return seen;
}

/** Box and Muller 1958. */
export function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
