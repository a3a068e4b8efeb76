import type { LogDetector } from '../../schemas/detector.ts';
import type { Guard } from './check.ts';

/** A line for every kind that detectors know as trouble: no rule may hide one. */
export function catalogueGuards(detectors: readonly LogDetector[]): readonly Guard[] {
  return detectors.flatMap(({ kinds, samples }) => {
    const trouble = new Set(kinds.flatMap(({ id, role }) => (role === 'cause' || role === 'symptom' ? [id] : [])));
    return samples.flatMap(({ kind, lines }) => (trouble.has(kind) ? lines.map((line) => ({ line, from: kind })) : []));
  });
}
