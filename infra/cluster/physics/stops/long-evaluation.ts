import { evaluateEvery, nextMultipleMs } from '../iterations.ts';
import type { StopCause } from '../job.ts';
import { factAt } from '../../state/facts/fact-at.ts';

/** From the end of the step to the first batch of the evaluation. */
export const untilEvaluationMs = 600;

/** The first rank evaluates alone, for longer than the others' collectives may take. */
export const longEvaluation: StopCause = (question) => {
  const { world, attempt, settings, fact } = question;
  const minutes = fact({ fact: 'job.evaluation-minutes', place: world.job.name });
  const limit = factAt(settings, { fact: 'job.watchdog-seconds', place: world.job.name }, question.fromMs);
  const node = attempt.nodes[0];
  // A shorter one only costs its time; nobody sees it here.
  if (minutes * 60 <= limit || node === undefined) return null;
  const atMs = nextMultipleMs(question, evaluateEvery, untilEvaluationMs);
  return atMs === Infinity ? null : { kind: 'hangs', atMs, node, gpu: 0, stack: 'rank0-work' };
};
