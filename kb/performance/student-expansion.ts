/**
 * Student's t from a point of the normal distribution: Cornish and Fisher's expansion in powers of 1 / degrees, its first
 * `order` terms of four (Abramowitz and Stegun, 26.7.5).
 */
export function studentExpansion(z: number, degrees: number, order: 3 | 4): number {
  const terms = [
    (z ** 3 + z) / 4,
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96,
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384,
    (79 * z ** 9 + 776 * z ** 7 + 1482 * z ** 5 - 1920 * z ** 3 - 945 * z) / 92_160,
  ];
  return terms.slice(0, order).reduce((sum, term, at) => sum + term / degrees ** (at + 1), z);
}
