/** A square matrix, row after row. */
export interface Matrix {
  readonly size: number;
  readonly data: Float64Array;
}

/** The lower triangle of Cholesky's factor. @throws where the matrix is not positive definite. */
export function factorise({ size, data }: Matrix): Matrix {
  const factor = new Float64Array(size * size);
  for (let i = 0; i < size; i += 1)
    for (let j = 0; j <= i; j += 1) {
      let rest = at(data, i * size + j);
      for (let k = 0; k < j; k += 1) rest -= at(factor, i * size + k) * at(factor, j * size + k);
      if (i === j && rest <= 0) throw new RangeError(`row ${i}: the matrix is not positive definite`);
      factor[i * size + j] = i === j ? Math.sqrt(rest) : rest / at(factor, j * size + j);
    }
  return { size, data: factor };
}

/** x of L Lᵀ x = right. */
export function solve({ size, data }: Matrix, right: readonly number[]): readonly number[] {
  const x = Float64Array.from(right);
  for (let i = 0; i < size; i += 1) {
    let rest = at(x, i);
    for (let k = 0; k < i; k += 1) rest -= at(data, i * size + k) * at(x, k);
    x[i] = rest / at(data, i * size + i);
  }
  for (let i = size - 1; i >= 0; i -= 1) {
    let rest = at(x, i);
    for (let k = i + 1; k < size; k += 1) rest -= at(data, k * size + i) * at(x, k);
    x[i] = rest / at(data, i * size + i);
  }
  return [...x];
}

function at(values: Float64Array, index: number): number {
  return values[index] ?? 0;
}
