import { evaluateEvery } from '../physics/iterations.ts';
import { learningAt } from '../physics/loss.ts';
import type { AttemptLife } from '../physics/lives.ts';
import { iterationOf, lastStepAt, lifeOfStep, stepBeginMs, stepEndMs, type Timeline } from '../physics/timeline.ts';
import type { LogLine } from './line.ts';
import { scientific } from './megatron.ts';

// The last line is printed shortly before the next step begins.
const beforeStepMs = 20;

/** What Megatron-LM prints on the last rank after an evaluation (`evaluate_and_print_results` in training.py). */
export function validationLines(
  timeline: Timeline,
  { attempt, stoppedMs }: AttemptLife,
  fromMs: number,
  toMs: number,
): readonly LogLine[] {
  const first = Math.max(attempt.stepBase + 1, lastStepAt(timeline, fromMs) - 1);
  const last = lastStepAt(timeline, Math.min(toMs, stoppedMs));
  const lines: LogLine[] = [];
  for (let step = first; step <= last; step += 1) {
    const iteration = iterationOf(timeline, step);
    if (lifeOfStep(timeline, step)?.attempt !== attempt || iteration % evaluateEvery !== 0) continue;
    const atMs = stepBeginMs(timeline, step + 1) - beforeStepMs;
    if (!(atMs <= stoppedMs)) continue;
    const { loss } = learningAt(timeline.world, attempt, iteration, step);
    // What was held back is a little harder than what was learned from.
    const held = loss + 0.02;
    const text = ` validation loss at iteration ${iteration} | lm loss value: ${scientific(held)} | lm loss PPL: ${scientific(Math.exp(Math.min(20, held)))} | `;
    const tookMs = atMs - stepEndMs(timeline, step);
    const rule = '-'.repeat(text.length + 1);
    lines.push(
      { atMs, text: '(min, max) time across ranks (ms):' },
      {
        atMs,
        text: `    evaluate .......................................: (${(tookMs - 1.7).toFixed(2)}, ${tookMs.toFixed(2)})`,
      },
      ...[rule, text, rule].map((line) => ({ atMs, text: line })),
    );
  }
  return lines;
}
