import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { siblingOutliers, siblingsMin } from '../../../kb/probes/siblings.ts';

const rule = { side: 'low', relative: 0.1, absolute: 20 } as const;
const of = (...values: number[]) => values.map((value, at) => ({ value, at }));
const places = (values: number[], changes: Partial<Parameters<typeof siblingOutliers>[1]> = {}) =>
  siblingOutliers(of(...values), { ...rule, ...changes }).map(({ measured }) => measured.at);

describe('a figure among its siblings', () => {
  it('is an outlier beyond both bounds, with what it was compared to', () => {
    expect(siblingOutliers(of(1410, 1410, 1395, 1410, 210), rule)).toEqual([
      { measured: { value: 210, at: 4 }, median: 1410, spread: 0, siblings: 4 },
    ]);
  });

  it('within one of the bounds is none', () => {
    expect(places([1410, 1410, 1410, 1300])).toEqual([]);
    expect(places([100, 100, 100, 85])).toEqual([]);
    expect(places([100, 100, 100, 79])).toEqual([3]);
  });

  it('is suspect on the side that the rule names', () => {
    expect(places([100, 100, 100, 200])).toEqual([]);
    expect(places([100, 100, 100, 200], { side: 'high' })).toEqual([3]);
    expect(places([100, 100, 100, 200, 10, 100], { side: 'both' })).toEqual([3, 4]);
  });

  it('is none where the siblings differ as much among themselves', () => {
    expect(places([100, 160, 220, 280, 340, 40])).toEqual([]);
    expect(places([1410, 1410, 210, 210])).toEqual([]);
  });

  it('needs three others, and numbers', () => {
    expect(places([1410, 1410, 210])).toEqual([]);
    expect(places([1410, 1410, Number.NaN, 210])).toEqual([]);
    expect(places([1410, 1410, 1410, 210])).toEqual([3]);
  });

  it('is judged the same in any order, and never more than half of them are odd', () => {
    const values = fc.array(fc.integer({ min: 0, max: 2_000 }), { minLength: 0, maxLength: 40 });
    fc.assert(
      fc.property(values, (figures) => {
        const found = siblingOutliers(of(...figures), { ...rule, side: 'both' });
        const mirrored = siblingOutliers(of(...figures.toReversed()), { ...rule, side: 'both' });
        const sorted = (list: typeof found) => list.map(({ measured }) => measured.value).toSorted((a, b) => a - b);
        expect(sorted(mirrored)).toEqual(sorted(found));
        expect(found.length).toBeLessThanOrEqual(figures.length / 2);
        expect(found.every(({ siblings }) => siblings >= siblingsMin)).toBe(true);
      }),
    );
  });
});
