import { modelAnswers } from '../kb/performance/calibration/model-answers.ts';
import { jsonDigest } from './json-evidence.ts';

let known: string | null = null;

/** Hex SHA-256 that stands for the performance model of this build: a scale that was fitted to another one is stale. */
export function modelDigest(): string {
  known ??= jsonDigest(modelAnswers());
  return known;
}
