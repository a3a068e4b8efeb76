import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { factorise, solve } from '../../../kb/retrieval/positive-definite.ts';

describe('a positive definite system', () => {
  it('is solved: K x gives back the right side', () => {
    const rows = fc.integer({ min: 1, max: 6 }).chain((size) =>
      fc.tuple(
        fc.array(fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: size, maxLength: size }), {
          minLength: size,
          maxLength: size,
        }),
        fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: size, maxLength: size }),
      ),
    );
    fc.assert(
      fc.property(rows, ([a, right]) => {
        // A Aᵀ + I is positive definite whatever A is.
        const dot = (i: number, j: number) => (a[i] ?? []).reduce((sum, one, k) => sum + one * (a[j]?.[k] ?? 0), 0);
        const k = a.map((_row, i) => a.map((_other, j) => dot(i, j) + (i === j ? 1 : 0)));
        const x = solve(factorise({ size: a.length, data: Float64Array.from(k.flat()) }), right);
        for (const [i, row] of k.entries())
          expect(row.reduce((sum, one, j) => sum + one * (x[j] ?? 0), 0)).toBeCloseTo(right[i] ?? 0, 6);
      }),
    );
  });

  it('is refused where it is none', () => {
    expect(() => factorise({ size: 2, data: Float64Array.from([1, 2, 2, 1]) })).toThrow('not positive definite');
  });
});
