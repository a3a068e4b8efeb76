import { readProgress } from '../../detectors/progress-values.ts';
import { isNewStep, type StepSample } from './steps.ts';

// As many steps as a day of ten a minute; the newest are kept.
const samplesMax = 14_400;

/** Steps that a job's log tells of, where no metric does. Lines without a time or without a step time tell none. */
export function stepsInLog(lines: Iterable<{ readonly text: string; readonly atMs?: number }>): readonly StepSample[] {
  const samples: StepSample[] = [];
  for (const { text, atMs } of lines) {
    if (atMs === undefined) continue;
    const { step, stepMs } = readProgress(text);
    if (stepMs === undefined) continue;
    const sample = { atMs, seconds: stepMs / 1000, iteration: step ?? null };
    if (isNewStep(sample, samples.at(-1))) samples.push(sample);
  }
  return samples.slice(-samplesMax);
}
