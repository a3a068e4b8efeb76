import { describe, expect, it } from 'vitest';
import type { Fault } from '../../../../infra/cluster/faults/fault.ts';
import { faults } from '../../../../infra/cluster/faults/index.ts';
import { alwaysSudden, withoutRanges } from './forms.ts';

const causes = faults.filter(({ kind }) => kind === 'fault');

describe.each([
  ['comes at once only', alwaysSudden, ({ onsets }: Fault) => onsets.every(({ shape }) => shape === 'sudden'), 0.7],
  ['has no value of its own', withoutRanges, ({ ranges }: Fault) => Object.keys(ranges).length === 0, 0.25],
] as const)('a fault that %s', (_what, reasons, isSo, shareMax) => {
  const those = causes.filter(isSo).map(({ id }) => id);

  it('has one reason, and what has other forms has none', () => {
    expect(reasons.flatMap((reason) => reason.faults).toSorted()).toEqual(those.toSorted());
    for (const { because } of reasons) expect(because.length).toBeGreaterThan(20);
  });

  it('is one of no more than so many', () => {
    expect(those.length).toBeLessThanOrEqual(shareMax * causes.length);
  });
});
