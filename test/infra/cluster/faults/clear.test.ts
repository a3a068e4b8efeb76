import { describe, expect, it } from 'vitest';
import { drawValues } from '../../../../infra/cluster/faults/draw.ts';
import { faults } from '../../../../infra/cluster/faults/index.ts';

const seeds = Array.from({ length: 40 }, (_, at) => at + 1);

describe('what is to be seen soon', () => {
  it('has the clear value, where the seed alone draws others, too', () => {
    const graded = faults.flatMap((fault) =>
      fault.kind === 'dual' ? [] : Object.entries(fault.ranges).map(([name, range]) => ({ fault, name, range })),
    );
    const clear = graded.filter(({ range }) => range.clear !== undefined);
    expect(clear.length).toBeGreaterThanOrEqual(6);
    for (const { fault, name, range } of clear) {
      const shown = seeds.map((seed) => drawValues(fault, seed, { clear: true }).values[name]);
      expect(new Set(shown)).toEqual(new Set([range.clear]));
      expect(new Set(seeds.map((seed) => drawValues(fault, seed, {}).values[name])).size).toBeGreaterThan(1);
    }
  });

  it('comes at once where it ever does', () => {
    for (const fault of faults.filter(({ onsets }) => onsets.some(({ shape }) => shape === 'sudden')))
      for (const seed of seeds) expect(drawValues(fault, seed, { clear: true }).onset).toEqual({ shape: 'sudden' });
  });

  it('is what somebody asked for, where somebody did', () => {
    const [lock] = faults.filter(({ id }) => id === 'gpu-clock-lock');
    if (lock === undefined) throw new Error('there is a lock');
    expect(drawValues(lock, 1, { clear: true, values: { mhz: 705 } }).values).toEqual({ mhz: 705 });
  });
});
