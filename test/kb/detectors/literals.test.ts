import { describe, expect, it } from 'vitest';
import { detectors } from '../../../kb/detectors/index.ts';
import type { LinePattern } from '../../../kb/detectors/line-patterns.ts';
import { samplesOf } from './pattern-samples.ts';

// Only lines with a literal reach the pattern: an alternative without one is dead, however well it is written.
describe('the literals of a pattern', () => {
  const patterns = detectors.flatMap(
    (detector) =>
      'patterns' in detector && Array.isArray(detector.patterns) ? (detector.patterns as readonly LinePattern[]) : [], // lineDetector's own field
  );

  it.each(patterns.map((pattern) => [pattern.id, pattern] as const))('reach every alternative of %s', (_id, one) => {
    const samples = samplesOf(one.pattern);
    const unreached = samples.filter(
      (sample) => !one.literals.some((literal) => sample.toLowerCase().includes(literal)),
    );
    expect(unreached).toEqual([]);
  });

  it('are checked on samples of nearly every pattern', () => {
    const sampled = patterns.filter(({ pattern }) => samplesOf(pattern).length > 0);
    expect(sampled.length / patterns.length).toBeGreaterThan(0.9);
  });
});
