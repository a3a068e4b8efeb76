/** A matrix of which most is zero, row after row. */
export interface SparseRows {
  readonly width: number;
  /** Where each row begins in `columns` and `values`, and where the last one ends. */
  readonly starts: Int32Array;
  readonly columns: Int32Array;
  readonly values: Float64Array;
}

export function sparseRows(width: number, rows: readonly (readonly (readonly [number, number])[])[]): SparseRows {
  const starts = new Int32Array(rows.length + 1);
  for (const [i, row] of rows.entries()) starts[i + 1] = at(starts, i) + row.length;
  const entries = rows.flat();
  return {
    width,
    starts,
    columns: Int32Array.from(entries, ([column]) => column),
    values: Float64Array.from(entries, ([, value]) => value),
  };
}

// Of the right side's length: what is left of it moves no score by a millionth. Rows of length 1 and a ridge of 1 need some
// twenty steps.
const restMax = 1e-7;
const stepsMax = 1000;

/**
 * x of (X Xᵀ + ridge) x = right, by conjugate gradients (Hestenes & Stiefel 1952), which never write X Xᵀ down: the work
 * grows with the words of the examples, not with the cube of their number.
 * @throws RangeError where it does not end, which a positive ridge rules out.
 */
export function solveRidge(x: SparseRows, ridge: number, right: readonly number[]): Float64Array {
  const solution = new Float64Array(right.length);
  const rest = Float64Array.from(right);
  const direction = Float64Array.from(right);
  let squares = dot(rest, rest);
  const enough = restMax ** 2 * squares;
  for (let step = 0; squares > enough; step += 1) {
    if (step === stepsMax) throw new RangeError('the ridge regression does not converge');
    const image = times(x, ridge, direction);
    const length = squares / dot(direction, image);
    for (let i = 0; i < rest.length; i += 1) {
      solution[i] = at(solution, i) + length * at(direction, i);
      rest[i] = at(rest, i) - length * at(image, i);
    }
    const before = squares;
    squares = dot(rest, rest);
    for (let i = 0; i < rest.length; i += 1) direction[i] = at(rest, i) + (squares / before) * at(direction, i);
  }
  return solution;
}

function times({ width, starts, columns, values }: SparseRows, ridge: number, vector: Float64Array): Float64Array {
  const sums = new Float64Array(width);
  const image = new Float64Array(vector.length);
  for (let i = 0; i < vector.length; i += 1)
    for (let k = at(starts, i); k < at(starts, i + 1); k += 1) {
      const column = at(columns, k);
      sums[column] = at(sums, column) + at(values, k) * at(vector, i);
    }
  for (let i = 0; i < vector.length; i += 1) {
    let sum = ridge * at(vector, i);
    for (let k = at(starts, i); k < at(starts, i + 1); k += 1) sum += at(values, k) * at(sums, at(columns, k));
    image[i] = sum;
  }
  return image;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i += 1) sum += at(a, i) * at(b, i);
  return sum;
}

function at(values: Float64Array | Int32Array, index: number): number {
  return values[index] ?? 0;
}
