import fc from 'fast-check';
import { expect, it } from 'vitest';
import { solveRidge, sparseRows } from '../../../kb/retrieval/ridge.ts';

const entry = fc.double({ min: -3, max: 3, noNaN: true });
const systems = fc
  .tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 }))
  .chain(([size, width]) =>
    fc.tuple(
      fc.array(fc.array(entry, { minLength: width, maxLength: width }), { minLength: size, maxLength: size }),
      fc.array(entry, { minLength: size, maxLength: size }),
      fc.double({ min: 0.1, max: 4, noNaN: true }),
    ),
  );

it('solves the system: X (Xᵀ x) + ridge x gives back the right side', () => {
  fc.assert(
    fc.property(systems, ([x, right, ridge]) => {
      const rows = x.map((row) => row.flatMap((value, column) => (value === 0 ? [] : [[column, value] as const])));
      const solution = solveRidge(sparseRows(x[0]?.length ?? 0, rows), ridge, right);
      for (const [i, row] of x.entries()) {
        const image = x.reduce((sum, other, j) => {
          const product = row.reduce((total, value, k) => total + value * (other[k] ?? 0), 0);
          return sum + (product + (i === j ? ridge : 0)) * (solution[j] ?? 0);
        }, 0);
        expect(image).toBeCloseTo(right[i] ?? 0, 6);
      }
    }),
  );
});

it('answers nothing with nothing', () => {
  expect([...solveRidge(sparseRows(2, [[[0, 1]], [[1, 1]]]), 1, [0, 0])]).toEqual([0, 0]);
});
